import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../shared/process/run.ts';
import type { Within } from './difference.ts';

/** The root of an image. */

interface Told {
  path: string;
  /** As unsquashfs lists it: kind and mode, owner, bytes, time. */
  facts: string;
}

/**
 * The first path that is not the same in both; undefined where all are: then it is their labels, or how they are packed.
 * @param scratch folder for the while; both roots are unpacked in it when their listings are the same
 */
export async function rootDifference(
  before: string,
  after: string,
  scratch: string,
): Promise<Within | undefined> {
  const [a, b] = [await listed(before), await listed(after)];
  const names = [...new Set([...a.keys(), ...b.keys()])].sort();
  for (const path of names) {
    const [one, other] = [a.get(path), b.get(path)];
    if (one === undefined || other === undefined)
      return { file: path, what: `only in the ${one === undefined ? 'second' : 'first'}` };
    if (one !== other) return { file: path, what: `${one} in the first, ${other} in the second` };
  }
  const files = names.filter((path) => a.get(path)!.startsWith('-'));
  const trees = [await unpacked(before, join(scratch, 'a')), await unpacked(after, join(scratch, 'b'))];
  try {
    for (const path of files) {
      const [one, other] = await Promise.all(trees.map((tree) => readFile(join(tree, path))));
      if (!one!.equals(other!)) return { file: path, what: 'content' };
    }
    return undefined;
  } finally {
    for (const tree of trees) await rm(tree, { recursive: true, force: true });
  }
}

async function listed(file: string): Promise<Map<string, string>> {
  const { stdout } = await run(['unsquashfs', '-UTC', '-lln', file], { timeout: 120_000 });
  return new Map(
    stdout
      .split('\n')
      .flatMap(told)
      .map(({ path, facts }) => [path, facts]),
  );
}

/** "-rw-r--r-- 0/0        2 2026-01-01 00:00 squashfs-root/etc/hosts" */
function told(line: string): Told[] {
  const [, facts, path] = /^([bcdlps-]\S{9} +\S+ +[\d, ]+ \S+ \S+) squashfs-root\/?(.*)$/.exec(line) ?? [];
  if (facts === undefined) return [];
  const [mode, owner, ...rest] = facts.split(/ +/);
  // The size of a folder tells of what is in it.
  return [{ path: path!, facts: [mode, owner, ...(mode!.startsWith('d') ? rest.slice(1) : rest)].join(' ') }];
}

async function unpacked(file: string, folder: string): Promise<string> {
  const argv = ['unsquashfs', '-no-progress', '-no-xattrs', '-force', '-dest', folder, file];
  // 2: something that is no file could not be made, as by who is not root.
  await run(argv, { timeout: 300_000, okCodes: [0, 2] });
  return folder;
}
