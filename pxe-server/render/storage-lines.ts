import type { Include } from '../kickstart/reader.ts';

/** Where %pre puts the lines that name disks, and the mark around them in its script. */
const FILE = '/tmp/rackhand/storage.ks';
const LINES = /^cat >\/tmp\/rackhand\/storage\.ks\.in <<'RACKHAND_STORAGE'\n([\s\S]*?)^RACKHAND_STORAGE$/m;

/** Whether a kickstart looks for disks by the rules of its host. */
export function choosesDisks(text: string): boolean {
  return LINES.test(text);
}

/**
 * %include of the lines that the kickstart's own %pre will write: with marks for the names of disks, they are read
 * here already, so that nothing in them is wrong but a machine without such disks.
 */
export function storageLines(text: string): Include {
  const lines = LINES.exec(text)?.[1];
  return (name) => (name === FILE && lines !== undefined ? { file: FILE, text: lines } : 'elsewhere');
}

/**
 * The same lines as %pre would write them on a machine whose disks are known.
 * @param disks names by role, in the order of their numbers
 */
export function storageLinesOn(text: string, disks: ReadonlyMap<string, readonly string[]>): Include {
  const include = storageLines(text);
  return (name) => {
    const found = include(name);
    if (typeof found === 'string') return found;
    const named = found.text.replace(
      /@([a-z0-9][a-z0-9._-]*)[.](\d+)@/g,
      (mark, role: string, number: string) => disks.get(role)?.[Number(number)] ?? mark,
    );
    return { ...found, text: named };
  };
}
