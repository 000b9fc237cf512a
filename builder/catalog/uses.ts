import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ImageUses } from '../contract/uses.ts';
import { writeFileAtomic } from '../shared/atomic.ts';
import { errno, RackhandError } from '../shared/errors.ts';

/** Folder of the catalog with a file of each server that boots machines from it. */
export const USES = 'uses';

/** Bytes: a hundred thousand hosts. */
const LIMIT = 64 << 20;

/** @param server the id that it keeps: 32 hex digits */
export async function writeUses(catalog: string, server: string, uses: ImageUses): Promise<void> {
  await writeFileAtomic(join(catalog, USES, `${server}.json`), `${JSON.stringify(uses)}\n`);
}

/**
 * What every server has noted.
 * @throws RackhandError uses-unreadable: who does not know what is used must remove nothing
 */
export async function readUses(catalog: string): Promise<ImageUses[]> {
  const folder = join(catalog, USES);
  const names = await readdir(folder).catch((cause) => {
    if (errno(cause) === 'ENOENT') return [];
    throw unreadable(folder, String(errno(cause)), cause);
  });
  const files = names.filter((name) => /^[0-9a-f]+\.json$/.test(name)).sort();
  return Promise.all(files.map((name) => readOne(join(folder, name))));
}

async function readOne(file: string): Promise<ImageUses> {
  try {
    return ImageUses.parse(JSON.parse(await readPlain(file)));
  } catch (cause) {
    throw unreadable(file, errno(cause) ?? 'it is not what a server writes', cause);
  }
}

/** The folder is an unprivileged account's: it must lead whoever reads to no other file. */
async function readPlain(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const found = await file.stat();
    if (!found.isFile() || found.size > LIMIT) throw new Error('no file of ours');
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

function unreadable(path: string, why: string, cause: unknown): RackhandError {
  return new RackhandError(
    'uses-unreadable',
    `${path}, which tells what images hosts use, cannot be read: ${why}`,
    'start its server, which writes it anew; or remove the file when that server is no more',
    { cause },
  );
}
