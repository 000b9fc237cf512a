import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openCatalog } from '../catalog/catalog.ts';
import { MANIFEST, PROVENANCE, SIGNATURE } from '../catalog/id.ts';
import { type StagedImage, stageImage } from '../catalog/stage.ts';
import type { Manifest } from '../contract/manifest.ts';
import { openEnvelope } from '../contract/provenance.ts';
import { errno, RackhandError } from '../shared/errors.ts';
import { assertSpace, noSpace } from '../shared/space.ts';
import { folderSource } from '../verify/source.ts';
import {
  type Expected,
  emptyReport,
  MANIFEST_BYTES,
  readBelieved,
  SIGNATURE_BYTES,
  type Verification,
  verifyImage,
} from '../verify/verify.ts';
import type { Arrival } from './arrivals.ts';
import { clash, namedParts, recordOf, roomFor } from './parts.ts';
import { invalid } from './tar.ts';

export interface Incoming {
  /** For people. */
  where: string;
  arrivals: AsyncIterable<Arrival>;
}

export interface Imported {
  /** Refused: nothing of it was kept, and the report has the faults. */
  outcome: 'imported' | 'here-already' | 'refused';
  report: Verification;
}

/**
 * Takes an image into a catalog. Nothing is written before its manifest is believed, nothing that the manifest does not
 * name, and nothing shows before all of it was verified as `images verify` does. What a kill leaves, the next build or
 * import removes.
 * @throws RackhandError archive-invalid | image-unreachable | image-differs | no-space | cancelled
 */
export async function importImage(
  { where, arrivals }: Incoming,
  catalog: string,
  expected: Expected,
  signal?: AbortSignal,
): Promise<Imported> {
  const report = emptyReport(where);
  const files = arrivals[Symbol.asyncIterator]();
  try {
    const { text, signature, next } = await readHead(files);
    const manifest = readBelieved(text, signature, expected, report)?.manifest;
    const twice = manifest && clash(manifest);
    if (twice !== undefined) report.faults.push(ambiguous(twice));
    if (!manifest || twice !== undefined) return { outcome: 'refused', report };
    report.image = manifest.id;
    if (await isHere(catalog, manifest, text, signature)) return { outcome: 'here-already', report };
    const bytes = namedParts(manifest).reduce((sum, { size }) => sum + size!, 0);
    await assertSpace([{ path: catalog, bytes }]);
    return await underFullDisk(catalog, () =>
      takeOver({ manifest, text, signature, next, files }, catalog, { where, expected, signal }),
    );
  } finally {
    await files.return?.();
  }
}

interface Head {
  text: Buffer;
  signature: Buffer | undefined;
  /** The file after these two. */
  next: Arrival | undefined;
}

async function readHead(files: AsyncIterator<Arrival>): Promise<Head> {
  const take = async () => (await files.next()).value as Arrival | undefined;
  const first = await take();
  if (first?.file !== MANIFEST) throw invalid(`it does not begin with ${MANIFEST}`);
  const text = await readSmall(first, MANIFEST_BYTES);
  const second = await take();
  if (second?.file !== SIGNATURE) return { text, signature: undefined, next: second };
  const signature = await readSmall(second, SIGNATURE_BYTES);
  return { text, signature, next: await take() };
}

async function readSmall({ file, pieces }: Arrival, most: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    parts.push(piece);
    bytes += piece.length;
    if (bytes > most) throw invalid(`its ${file} has more than ${most} bytes`);
  }
  return Buffer.concat(parts);
}

/** Whole, of the same manifest, and with nothing to gain. @throws RackhandError image-differs */
async function isHere(
  folder: string,
  { id }: Manifest,
  text: Buffer,
  signature: Buffer | undefined,
): Promise<boolean> {
  const read = (file: string) => readFile(join(folder, id, file)).catch(() => undefined);
  const [manifest, own] = await Promise.all([read(MANIFEST), read(SIGNATURE)]);
  if (!manifest) return false;
  const verdict = await openCatalog(folder)
    .verify(id)
    .catch(() => undefined);
  if (!verdict?.ok) return false;
  if (!manifest.equals(text)) throw differs(id);
  return signature === undefined || (own?.equals(signature) ?? false);
}

interface Believed extends Head {
  manifest: Manifest;
  files: AsyncIterator<Arrival>;
}

async function takeOver(
  { manifest, text, signature, next, files }: Believed,
  catalog: string,
  { where, expected, signal }: { where: string; expected: Expected; signal: AbortSignal | undefined },
): Promise<Imported> {
  const staged = await stageImage(catalog);
  try {
    await writeFile(join(staged.folder, MANIFEST), text);
    if (signature) await writeFile(join(staged.folder, SIGNATURE), signature);
    await receive(next, files, manifest, staged, signal);
    const report = { ...(await verifyImage(folderSource(staged.folder), expected)), where };
    if (report.faults.length > 0) return { outcome: 'refused', report };
    signal?.throwIfAborted();
    await staged.adopt(manifest);
    // Somebody may have been quicker with other words about the same bytes.
    if (!text.equals(await readFile(join(catalog, manifest.id, MANIFEST)))) throw differs(manifest.id);
    return { outcome: 'imported', report };
  } finally {
    await staged.discard();
  }
}

async function receive(
  first: Arrival | undefined,
  files: AsyncIterator<Arrival>,
  manifest: Manifest,
  { folder }: StagedImage,
  signal: AbortSignal | undefined,
): Promise<void> {
  let record: string | undefined;
  for (let arrival = first; arrival; arrival = (await files.next()).value as Arrival | undefined) {
    const most = roomFor(manifest, arrival.file, record);
    if (most === undefined)
      throw invalid(`it has ${JSON.stringify(arrival.file)} in it, which its manifest does not name`);
    await store(arrival, join(folder, arrival.file), most, signal);
    if (arrival.file === PROVENANCE) record = await recordIn(join(folder, PROVENANCE));
  }
}

/** A lock that nobody vouches for must not make this the image of its inputs. */
async function recordIn(file: string): Promise<string | undefined> {
  const opened = openEnvelope(await readFile(file, 'utf8'));
  return opened && recordOf(opened.provenance);
}

/** Exclusively: a name that comes twice is no image's. */
async function store(
  { file, pieces }: Arrival,
  path: string,
  most: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const handle = await open(path, 'wx').catch((error) => {
    throw errno(error) === 'EEXIST' ? invalid(`it has ${file} in it twice`) : error;
  });
  try {
    let bytes = 0;
    for await (const piece of pieces) {
      signal?.throwIfAborted();
      bytes += piece.length;
      if (bytes > most) throw invalid(`its ${file} has more than ${most} bytes`);
      for (let at = 0; at < piece.length; ) at += (await handle.write(piece, at)).bytesWritten;
    }
  } finally {
    await handle.close();
  }
}

async function underFullDisk<T>(catalog: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const code = errno(cause);
    if (code === 'ENOSPC' || code === 'EDQUOT') throw noSpace(catalog, 'the image does not fit', cause);
    throw cause;
  }
}

function ambiguous(file: string): Verification['faults'][number] {
  const mend = 'do not use the image; ask who made it';
  return { code: 'manifest-invalid', what: `two of its files would be ${file}`, mend };
}

function differs(id: string): RackhandError {
  const what = `image ${id} is here with another manifest, which stays: the same bytes, told of by another build`;
  const mend = `remove the one that is here first, if you mean it: rackhand images remove ${id}`;
  return new RackhandError('image-differs', what, mend);
}
