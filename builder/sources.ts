import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { identity, sha256 } from './shared/ids.ts';

/** Digests of the builder's own code, by what it decides: a change of the code is a change of inputs. */
export interface Sources {
  /** Of what makes a root, from packages or from one that is there. */
  root: string;
  initramfs: string;
  all: string;
  version: string;
}

/** Folders and files of this program that decide nothing of an image's content. What is not named here counts. */
export const UNINVOLVED = [
  ...['cache', 'catalog', 'commands', 'exchange', 'report', 'trial', 'verify', 'worker', 'write'],
  ...['cli.ts', 'estimate.ts', 'failure.ts', 'folders.ts', 'stopwatch.ts', 'timed.ts', 'tools.ts'],
];

const STAGES = {
  root: [
    ...['root', 'shared', 'locking.ts', 'provision.ts'],
    ...['record', 'texts', 'licences', 'packages'].map((name) => `evidence/${name}.ts`),
  ],
  // inputs.ts: the time that all files have.
  initramfs: ['initramfs', 'shared', 'inputs.ts'],
};

export async function ownVersion(): Promise<string> {
  const text = await readFile(join(import.meta.dirname, '../package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

export async function sourceIdentity(): Promise<Sources> {
  const version = await ownVersion();
  const [root, initramfs, all] = await Promise.all((['root', 'initramfs', 'all'] as const).map(digest));
  return { root: root!, initramfs: initramfs!, all: all!, version };
}

/** Paths below builder/, in order. */
export async function listSources(stage: 'root' | 'initramfs' | 'all'): Promise<string[]> {
  const names =
    stage === 'all'
      ? (await readdir(import.meta.dirname)).filter((name) => !UNINVOLVED.includes(name))
      : STAGES[stage];
  return (await Promise.all(names.map(filesOf))).flat().sort();
}

async function filesOf(name: string): Promise<string[]> {
  const path = join(import.meta.dirname, name);
  const files = (await stat(path)).isFile()
    ? [name]
    : (await readdir(path, { recursive: true })).map((file) => join(name, file));
  // The shell is dracut's module of the initramfs; the overlay has an identity of its own.
  return files.filter((file) => /^(?!overlay\/).*\.(ts|sh)$/.test(file));
}

async function digest(stage: 'root' | 'initramfs' | 'all'): Promise<string> {
  const read = async (path: string) => [path, sha256(await readFile(join(import.meta.dirname, path)))];
  return identity(await Promise.all((await listSources(stage)).map(read)));
}
