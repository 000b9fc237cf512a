/** What an iPXE script tells a machine, as far as Rackhand's own scripts go. */
export type Script =
  /** `url` with the machine's own values: where it asks for its script. */
  | { kind: 'ask'; url: string }
  | { kind: 'wait'; seconds: number; url: string }
  | { kind: 'boot'; kernel: string; initramfs: string; words: ReadonlyMap<string, string> }
  /** Its own disk, or a refusal. */
  | { kind: 'other'; echo: string };

/** @param mac put in where iPXE has its own variables; a simulated machine has neither UUID nor serial. Pure. */
export function readScript(text: string, mac: string): Script {
  const lines = text.split('\n');
  const after = (word: string) =>
    lines.find((line) => line.startsWith(`${word} `))?.slice(word.length + 1) ?? '';
  const kernel = after('kernel').split(' || ')[0]!.split(' ');
  if (kernel[0] !== '') {
    const initramfs = after('initrd').split(' || ')[0]!.split(' ').at(-1)!;
    const words = kernel
      .slice(1)
      .map((word) => [word.split('=')[0]!, word.slice(word.indexOf('=') + 1)] as const);
    return { kind: 'boot', kernel: kernel[0]!, initramfs, words: new Map(words) };
  }
  const url = after('set url')
    .replaceAll('$' + '{netX/mac}', mac)
    .replace(/\$\{[^}]*\}/g, '');
  if (url === '') return { kind: 'other', echo: after('echo') };
  if (!lines.includes(':wait')) return { kind: 'ask', url };
  return { kind: 'wait', seconds: Number.parseInt(after('sleep'), 10), url };
}
