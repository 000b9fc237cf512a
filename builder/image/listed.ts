/** What setfiles and getfattr tell of the files of a root; by path in it, '' for the root itself. Pure. */

/** Lines of `setfiles -n -v`: "Would relabel /SHOWN/etc from (null) to system_u:object_r:etc_t:s0". */
export function toldLabels(output: string, shown: string): Map<string, string> {
  const labels = new Map<string, string>();
  for (const line of output.split('\n')) {
    const [, path, label] = /^Would relabel (.+) from \S+(?: context>)? to (\S+)$/.exec(line) ?? [];
    if (path === undefined || label === undefined) continue;
    if (path === shown || path.startsWith(`${shown}/`)) labels.set(path.slice(shown.length + 1), label);
  }
  return labels;
}

/** Blocks of `getfattr -d -e hex --absolute-names`: "# file: /root/etc", then "name=0x00ff" each. */
export function listedAttributes(output: string, root: string): Map<string, Map<string, Buffer>> {
  const found = new Map<string, Map<string, Buffer>>();
  for (const block of output.split('\n\n')) {
    const [head, ...lines] = block.split('\n');
    const path = unescaped(/^# file: (.+)$/.exec(head ?? '')?.[1] ?? '');
    if (path !== root && !path.startsWith(`${root}/`)) continue;
    const attributes = new Map<string, Buffer>();
    for (const line of lines) {
      const [, name, hex] = /^([^=]+)(?:=0x([0-9a-f]*))?$/.exec(line) ?? [];
      if (name !== undefined) attributes.set(unescaped(name), Buffer.from(hex ?? '', 'hex'));
    }
    found.set(path.slice(root.length + 1), attributes);
  }
  return found;
}

/** getfattr(1) writes what would break a line as a backslash and three octal digits, byte by byte. */
function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  const bytes = Buffer.from(text).toString('latin1');
  const whole = bytes.replace(/\\([0-7]{3})/g, (_, digits) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
  return Buffer.from(whole, 'latin1').toString('utf8');
}
