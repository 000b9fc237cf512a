import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openCatalog } from '../catalog/catalog.ts';
import type { EvidenceKind, Manifest } from '../contract/manifest.ts';
import { SignatureReport } from '../evidence/unsigned.ts';
import { errno, RackhandError } from '../shared/errors.ts';
import { sha256 } from '../shared/ids.ts';
import { type Contents, unpackContents } from '../strip/contents.ts';
import { type ModuleRecords, unpackModuleRecords } from '../strip/module-record.ts';
import type { LastGood } from './budget.ts';

/** An image as reports see it. */
export interface Described {
  manifest: Manifest;
  contents: Contents;
}

/** Manifest and contents of an image. @throws RackhandError image-unknown | record-missing | record-invalid */
export async function readDescribed(catalog: string, name: string): Promise<Described> {
  const manifest = await openCatalog(catalog).resolve(name);
  return { manifest, contents: await readContents(catalog, manifest) };
}

export async function readContents(catalog: string, manifest: Manifest): Promise<Contents> {
  return readRecord(catalog, manifest, 'contents.json.gz', 'what it was made of', unpackContents);
}

export async function readModuleRecords(catalog: string, manifest: Manifest): Promise<ModuleRecords> {
  return readRecord(catalog, manifest, 'modules.json.gz', "its modules' devices", unpackModuleRecords);
}

/** The newest image of a recipe that has its contents beside it. */
export async function readLastGood(catalog: string, recipe: string): Promise<LastGood | undefined> {
  for (const { manifest } of await openCatalog(catalog).list()) {
    if (manifest.recipe.name !== recipe) continue;
    const contents = await readContents(catalog, manifest).catch((error) => {
      if (error instanceof RackhandError) return undefined;
      throw error;
    });
    if (contents) return { id: manifest.id, contents };
  }
  return undefined;
}

/**
 * The bytes of a file beside the manifest, as long as they are those that the manifest names.
 * @throws RackhandError record-missing | record-invalid
 */
export async function readEvidence(
  catalog: string,
  manifest: Manifest,
  kind: EvidenceKind,
  about: string,
): Promise<Buffer> {
  const named = manifest.evidence.find((one) => one.kind === kind);
  return readRecord(catalog, manifest, named?.file ?? `${kind} record`, about, (bytes) => {
    if (sha256(bytes) !== named?.sha256) throw new Error('its digest is not the one in the manifest');
    return Buffer.from(bytes);
  });
}

/** Who signed the packages of an image; undefined where its builder did not record it. */
export async function readSignatures(
  catalog: string,
  manifest: Manifest,
): Promise<SignatureReport | undefined> {
  if (!manifest.evidence.some(({ kind }) => kind === 'unsigned')) return undefined;
  const bytes = await readEvidence(catalog, manifest, 'unsigned', 'who signed its packages');
  return SignatureReport.parse(JSON.parse(bytes.toString('utf8')));
}

async function readRecord<T>(
  catalog: string,
  { id, recipe }: Manifest,
  file: string,
  about: string,
  unpack: (bytes: Uint8Array) => T,
): Promise<T> {
  const again = `build it again: rackhand build ${recipe.name} --force`;
  const bytes = await readFile(join(catalog, id, file)).catch((cause) => {
    if (errno(cause) !== 'ENOENT') throw cause;
    const what = `image ${id} has no ${file}: the builder that made it did not record ${about}`;
    throw new RackhandError('record-missing', what, again, { cause });
  });
  try {
    return unpack(bytes);
  } catch (cause) {
    throw new RackhandError('record-invalid', `image ${id}: ${file} cannot be read`, again, { cause });
  }
}
