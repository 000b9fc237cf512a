import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../contract/manifest.ts';
import { syncDirectory, writeFileAtomic } from '../shared/atomic.ts';
import { errno } from '../shared/errors.ts';
import { isOwnerAlive, ownerName } from '../shared/owner.ts';
import { openCatalog } from './catalog.ts';

/** A folder of the catalog that becomes an image by one rename, or goes away. */
export interface StagedImage {
  folder: string;
  /** Writes the manifest, makes everything durable and gives the image its id; equal bytes are one image. */
  publish(manifest: Manifest, extra: Record<string, string | Uint8Array>): Promise<void>;
  discard(): Promise<void>;
}

/** Also removes what builds that were killed have left. */
export async function stageImage(catalog: string): Promise<StagedImage> {
  await mkdir(catalog, { recursive: true });
  await sweep(catalog);
  const folder = join(catalog, `.building-${await ownerName()}-${randomBytes(4).toString('hex')}`);
  await mkdir(folder);
  return {
    folder,
    publish: (manifest, extra) => publish(catalog, folder, manifest, extra),
    discard: () => rm(folder, { recursive: true, force: true }),
  };
}

async function sweep(catalog: string): Promise<void> {
  for (const name of await readdir(catalog)) {
    const owner = /^\.building-(\d+-\d+)-[0-9a-f]+$/.exec(name)?.[1];
    const left = (owner !== undefined && !(await isOwnerAlive(owner))) || name.startsWith('.removed-');
    if (left) await rm(join(catalog, name), { recursive: true, force: true });
  }
}

async function publish(
  catalog: string,
  folder: string,
  manifest: Manifest,
  extra: Record<string, string | Uint8Array>,
): Promise<void> {
  for (const [name, text] of Object.entries(extra)) await writeFile(join(folder, name), text);
  await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  for (const name of await readdir(folder)) {
    const file = await open(join(folder, name), 'r');
    await file.chmod(0o644);
    await file.sync();
    await file.close();
  }
  await syncDirectory(folder);
  const home = join(catalog, manifest.id);
  try {
    await rename(folder, home);
  } catch (error) {
    if (errno(error) !== 'ENOTEMPTY' && errno(error) !== 'EEXIST') throw error;
    // The same bytes are here already, from other inputs or a forced build: that image stays, unless it was damaged.
    if (!(await isWhole(catalog, manifest.id))) await mend(folder, home, manifest);
    for (const [name, text] of Object.entries(extra)) await writeFileAtomic(join(home, name), text);
    await rm(folder, { recursive: true, force: true });
  }
  await syncDirectory(catalog);
}

async function isWhole(catalog: string, id: string): Promise<boolean> {
  return openCatalog(catalog)
    .verify(id)
    .then(
      ({ ok }) => ok,
      () => false,
    );
}

/** File by file, so that the image is there all the time, and what else was recorded of it stays. */
async function mend(folder: string, home: string, { artifacts }: Manifest): Promise<void> {
  for (const name of [...artifacts.map(({ file }) => file), 'manifest.json'])
    await rename(join(folder, name), join(home, name));
  await syncDirectory(home);
}
