/** What text files of a root name: units, PAM stacks, nsswitch.conf, udev rules. Pure. */

/** Programs that a unit file starts, without systemd's prefixes; those with "-" may be absent. */
export function unitPrograms(unit: string): string[] {
  const starts = unit.matchAll(/^Exec(?:Start|StartPre|StartPost|Reload|Stop|StopPost)=([-@:+!|]*)(\/\S+)/gm);
  return [...starts].flatMap(([, prefix, program]) => (prefix!.includes('-') ? [] : [program!]));
}

/** Modules of a PAM stack; a line that begins with "-" may lack its module (pam.d(5)). */
export function pamModules(text: string): string[] {
  const found = new Set<string>();
  for (const raw of text.replace(/\\\n/g, ' ').split('\n')) {
    const line = raw.replace(/#.*/, '').trim();
    if (line === '' || line.startsWith('-') || line.startsWith('@')) continue;
    const fields = line.replace(/\[[^\]]*\]/, '[]').split(/\s+/);
    const [, control, module] = fields;
    if (control === 'include' || control === 'substack' || module === undefined) continue;
    if (module.endsWith('.so')) found.add(module);
  }
  return [...found];
}

/** glibc has these built in since 2.34; `compat` is gone with NIS. */
const BUILT_IN = new Set(['files', 'dns', 'db', 'compat']);

/** Sources of every database in nsswitch.conf(5). */
export function nssSources(text: string): string[] {
  const found = new Set<string>();
  for (const raw of text.split('\n')) {
    const list = /^\s*\w+:(.*)$/.exec(raw.replace(/#.*/, ''))?.[1];
    for (const source of list?.replace(/\[[^\]]*\]/g, ' ').split(/\s+/) ?? []) {
      if (source !== '' && !BUILT_IN.has(source)) found.add(source);
    }
  }
  return [...found];
}

/** Programs that udev rules run; a relative one is in /usr/lib/udev (udev(7)). */
export function udevHelpers(text: string): string[] {
  const found = new Set<string>();
  for (const line of text.replace(/\\\n/g, ' ').split('\n')) {
    if (/^\s*#/.test(line)) continue;
    for (const match of line.matchAll(
      /\b(?:PROGRAM|RUN(?:\{program\})?|IMPORT\{program\})\s*(?:==|=|\+=|:=)\s*"([^"\s]+)/g,
    )) {
      const program = match[1]!;
      if (/[$%]/.test(program)) continue;
      found.add(program.startsWith('/') ? program : `/usr/lib/udev/${program}`);
    }
  }
  return [...found];
}
