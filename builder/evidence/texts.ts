import { copyFile, lstat, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { DnfPaths } from '../root/arguments.ts';
import { sha256 } from '../shared/ids.ts';
import { resolveInside } from '../shared/inside.ts';
import { run } from '../shared/process/run.ts';
import { hostSandbox } from '../shared/process/sandbox.ts';
import { type LicenceIndex, type LicenceText, README, type TextPath } from './licences.ts';

export interface TextOptions {
  /** An empty folder to work in. */
  scratch: string;
  /** Seconds; the time of everything in the archive. */
  epoch: number;
  signal?: AbortSignal | undefined;
  /** Files of packages where they can still be had; without it what was not installed is not known. */
  packageFiles?: (names: readonly string[]) => Promise<string[]>;
}

/** Bytes; what is larger is no licence. */
const LIMIT = 4 << 20;

/**
 * Copies the texts into the scratch folder, each once. Documents are not installed: a text among them is taken from its
 * package.
 */
export async function collectTexts(
  paths: DnfPaths,
  wanted: readonly TextPath[],
  options: TextOptions,
): Promise<LicenceText[]> {
  await mkdir(join(archiveFolder(options), 'texts'), { recursive: true });
  const found: LicenceText[] = [];
  const take = async (root: string, texts: readonly TextPath[]) => {
    const absent: TextPath[] = [];
    for (const text of texts) {
      const bytes = await readText(root, text.path);
      if (bytes) found.push({ ...text, file: await keepText(bytes, text.path, options) });
      else absent.push(text);
    }
    return absent;
  };
  const absent = await take(paths.root, wanted);
  if (absent.length === 0 || !options.packageFiles) return found;
  const names = [...new Set(absent.map((text) => text.package))].sort();
  await take(await unpackDocuments(await options.packageFiles(names), paths, options), absent);
  return found;
}

/** The archive's bytes: equal texts give equal ones. */
export async function packTexts(index: LicenceIndex, options: TextOptions): Promise<Buffer> {
  const folder = archiveFolder(options);
  await writeFile(join(folder, 'README'), README);
  await writeFile(join(folder, 'index.json'), `${JSON.stringify(index, null, 1)}\n`);
  const tar = join(options.scratch, 'licences.tar');
  await run(archiveArguments(options.scratch, tar, options.epoch), {
    need: 'GNU tar packs the licence texts',
    ...(options.signal ? { signal: options.signal } : {}),
  });
  return gzipSync(await readFile(tar), { level: 9 });
}

/** Neither the order of the folder nor the builder's name, umask or clock shows in it. */
export function archiveArguments(folder: string, file: string, epoch: number): string[] {
  return [
    ...['tar', '--create', `--file=${file}`, `--directory=${folder}`, '--format=ustar', '--sort=name'],
    ...[`--mtime=@${epoch}`, '--owner=0', '--group=0', '--numeric-owner', '--mode=u=rwX,go=rX'],
    'licences',
  ];
}

function archiveFolder({ scratch }: TextOptions): string {
  return join(scratch, 'licences');
}

async function readText(root: string, path: string): Promise<Buffer | undefined> {
  const place = await resolveInside(root, path);
  if (place === undefined) return undefined;
  const found = await lstat(place);
  return found.isFile() && found.size <= LIMIT ? readFile(place) : undefined;
}

async function keepText(bytes: Buffer, path: string, options: TextOptions): Promise<string> {
  const file = `texts/${sha256(bytes)}${path.endsWith('.gz') ? '.gz' : ''}`;
  await writeFile(join(archiveFolder(options), file), bytes);
  return file;
}

/** Documents of package files, as they would lie in a root. Unpacking can write nothing but a folder of its own. */
async function unpackDocuments(
  files: readonly string[],
  paths: DnfPaths,
  { scratch, signal }: TextOptions,
): Promise<string> {
  const [work, tree] = [join(scratch, 'unpack'), join(scratch, 'unpack/tree')];
  await mkdir(tree, { recursive: true });
  const places = { root: work, writable: [], home: paths.home, temporary: paths.temporary };
  const need = 'rpm2archive (package rpm, or rpm2cpio) and GNU tar read licence texts from packages';
  for (const [index, file] of files.entries()) {
    const copy = join(work, `${index}.rpm`);
    await copyFile(file, copy);
    for (const argv of [['rpm2archive', copy], documentArguments(`${copy}.tgz`, tree)])
      await run(hostSandbox(argv, places), { need, ...(signal ? { signal } : {}) });
  }
  return tree;
}

/** Members begin with "./" or with nothing, by rpm's version. */
export function documentArguments(archive: string, folder: string): string[] {
  return [
    ...['tar', '--extract', '--gzip', `--file=${archive}`, `--directory=${folder}`, '--no-same-owner'],
    ...['--wildcards', '--no-anchored', 'usr/share/doc/*'],
  ];
}
