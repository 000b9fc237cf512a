import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Manifest, manifestText } from '../contract/manifest.ts';
import { syncDirectory } from '../shared/atomic.ts';
import { errno } from '../shared/errors.ts';
import { isOwnerAlive, ownerName } from '../shared/owner.ts';
import { openCatalog } from './catalog.ts';
import { changeCatalog, sweepLock } from './change.ts';
import { isBuildFile, MANIFEST, SIGNATURE, TESTS } from './id.ts';

/** A folder of the catalog that becomes an image by one rename, or goes away. */
export interface StagedImage {
  folder: string;
  /**
   * Writes the manifest, makes everything durable and gives the image its id; equal bytes are one image.
   * @param extra file name → content: evidence, build record, provenance, and the signature if there is one
   */
  publish(manifest: Manifest, extra: Record<string, string | Uint8Array>): Promise<void>;
  /** The same for a folder that has all of it already: the manifest's own bytes, which may be another program's. */
  adopt(manifest: Manifest): Promise<void>;
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
    publish: async (manifest, extra) => {
      const texts = { ...extra, [MANIFEST]: manifestText(manifest) };
      for (const [name, text] of Object.entries(texts)) await writeFile(join(folder, name), text);
      await adopt(catalog, folder, manifest);
    },
    adopt: (manifest) => adopt(catalog, folder, manifest),
    discard: () => rm(folder, { recursive: true, force: true }),
  };
}

async function sweep(catalog: string): Promise<void> {
  await sweepLock(catalog);
  for (const name of await readdir(catalog)) {
    const owner = /^\.building-(\d+-\d+)-[0-9a-f]+$/.exec(name)?.[1];
    const left = (owner !== undefined && !(await isOwnerAlive(owner))) || name.startsWith('.removed-');
    if (left) await rm(join(catalog, name), { recursive: true, force: true });
  }
}

async function adopt(catalog: string, folder: string, manifest: Manifest): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name === TESTS)
      for (const result of await readdir(join(folder, name))) await settleFile(join(folder, name, result));
    else await settleFile(join(folder, name));
  }
  await syncDirectory(folder);
  await changeCatalog(catalog, () => settle(catalog, folder, manifest));
}

async function settleFile(path: string): Promise<void> {
  const file = await open(path, 'r');
  await file.chmod(0o644);
  await file.sync();
  await file.close();
}

async function settle(catalog: string, folder: string, manifest: Manifest): Promise<void> {
  const home = join(catalog, manifest.id);
  try {
    await rename(folder, home);
  } catch (error) {
    if (errno(error) !== 'ENOTEMPTY' && errno(error) !== 'EEXIST') throw error;
    const artifacts = manifest.artifacts.map(({ file }) => file);
    const extra = (await readdir(folder)).filter((name) => ![MANIFEST, TESTS, ...artifacts].includes(name));
    const again = await meet(catalog, manifest.id, folder, extra);
    if (again === 'mend') await mend(folder, home, artifacts, extra);
    else
      for (const name of extra)
        if (again === 'refresh' || isBuildFile(name)) await rename(join(folder, name), join(home, name));
    // What this place has tested stays.
    if (again !== 'stay') await rename(join(folder, TESTS), join(home, TESTS)).catch(() => undefined);
    await syncDirectory(home);
    await rm(folder, { recursive: true, force: true });
  }
  await syncDirectory(catalog);
}

/**
 * What becomes of an image whose bytes were built once more. Damaged: it is mended. Of the same manifest: what is
 * recorded of the build is the last one's, unless a signature would be lost by it. Else it stays as it is, since a
 * manifest never changes, and gains the record of what else gives its bytes.
 */
async function meet(
  catalog: string,
  id: string,
  folder: string,
  extra: readonly string[],
): Promise<'mend' | 'refresh' | 'stay'> {
  const home = join(catalog, id);
  const verdict = await openCatalog(catalog)
    .verify(id)
    .catch(() => undefined);
  if (!verdict?.ok) return 'mend';
  const [own, other] = await Promise.all([home, folder].map((one) => readFile(join(one, MANIFEST))));
  if (!own!.equals(other!)) return 'stay';
  const signed = await stat(join(home, SIGNATURE)).catch(() => undefined);
  return !extra.includes(SIGNATURE) && signed ? 'stay' : 'refresh';
}

/**
 * File by file, so that the image is there all the time, and what else was recorded of it stays. The signature of
 * what was there goes.
 */
async function mend(folder: string, home: string, artifacts: string[], extra: string[]): Promise<void> {
  if (!extra.includes(SIGNATURE)) await rm(join(home, SIGNATURE), { force: true });
  for (const name of [...artifacts, ...extra, MANIFEST]) await rename(join(folder, name), join(home, name));
}
