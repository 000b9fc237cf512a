import type { Contents } from '../strip/contents.ts';

/** Stands for files that no package owns: what the build itself lays into the root. */
export const UNOWNED = '(made by the build)';

export interface PackageBytes {
  name: string;
  /** Bytes of its files before the strip, and of those that stayed; uncompressed. */
  before: number;
  after: number;
}

/** Each file counts for the first of its packages; largest that stayed first. */
export function bytesByPackage(contents: Contents): PackageBytes[] {
  const rows = new Map<string, PackageBytes>();
  for (const { owners, size, keep } of contents.paths) {
    const name = packageOf(contents, owners);
    const row = rows.get(name) ?? { name, before: 0, after: 0 };
    row.before += size;
    if (keep) row.after += size;
    rows.set(name, row);
  }
  return [...rows.values()].sort((a, b) => b.after - a.after || (a.name < b.name ? -1 : 1));
}

export function packageOf({ packages }: Contents, owners: readonly number[]): string {
  return owners.length === 0 ? UNOWNED : packages[owners[0]!]!;
}
