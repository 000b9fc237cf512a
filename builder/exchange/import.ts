import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openCatalog } from '../catalog/catalog.ts';
import { changeCatalog } from '../catalog/change.ts';
import { MANIFEST, PROVENANCE, SIGNATURE, TESTS } from '../catalog/id.ts';
import { type StagedImage, stageImage } from '../catalog/stage.ts';
import type { Manifest } from '../contract/manifest.ts';
import { openEnvelope } from '../contract/provenance.ts';
import { errno, RackhandError } from '../shared/errors.ts';
import { assertSpace, noSpace } from '../shared/space.ts';
import { checkResults } from '../verify/results.ts';
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
import { clash, isOfResults, namedParts, recordOf, roomFor } from './parts.ts';
import { ArrivingResults } from './results.ts';
import { passBy, readSmall, store } from './store.ts';
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
    const believed = { manifest, text, signature, next, files };
    if (await isHere(catalog, manifest, text, signature)) {
      await bringResults(believed, catalog, { expected, signal }, report);
      return { outcome: 'here-already', report };
    }
    const bytes = namedParts(manifest).reduce((sum, { size }) => sum + size!, 0);
    await assertSpace([{ path: catalog, bytes }]);
    return await underFullDisk(catalog, () => takeOver(believed, catalog, { where, expected, signal }));
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
    const results = new ArrivingResults(staged.folder, text, expected);
    await receive(next, files, { manifest, staged, results, signal });
    await results.write();
    const report = { ...(await verifyImage(folderSource(staged.folder), expected)), where };
    report.faults.push(...results.findings.faults);
    report.notes.push(...results.findings.notes);
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
  {
    manifest,
    staged: { folder },
    results,
    signal,
  }: {
    manifest: Manifest;
    staged: StagedImage;
    results: ArrivingResults;
    signal: AbortSignal | undefined;
  },
): Promise<void> {
  let record: string | undefined;
  for (let arrival = first; arrival; arrival = (await files.next()).value as Arrival | undefined) {
    if (isOfResults(arrival.file)) {
      await results.take(arrival, signal);
      continue;
    }
    const most = roomFor(manifest, arrival.file, record);
    if (most === undefined)
      throw invalid(`it has ${JSON.stringify(arrival.file)} in it, which its manifest does not name`);
    await store(arrival, join(folder, arrival.file), most, signal);
    if (arrival.file === PROVENANCE) record = await recordIn(join(folder, PROVENANCE));
  }
}

/** An image that is here already gets results of tests where it has none. They come before all that is large. */
async function bringResults(
  { manifest, text, next, files }: Believed,
  catalog: string,
  { expected, signal }: { expected: Expected; signal: AbortSignal | undefined },
  report: Verification,
): Promise<void> {
  const place = join(catalog, manifest.id, TESTS);
  if (await stat(place).catch(() => undefined)) return;
  const large = new Set(namedParts(manifest).map(({ file }) => file));
  const staged = await stageImage(catalog);
  try {
    const results = new ArrivingResults(staged.folder, text, expected);
    for (let arrival = next; arrival; arrival = (await files.next()).value as Arrival | undefined) {
      if (isOfResults(arrival.file)) await results.take(arrival, signal);
      else await passBy(arrival);
      if (large.has(arrival.file)) break;
    }
    const found = emptyReport(report.where);
    if (await results.write()) await checkResults(folderSource(staged.folder), text, expected, found);
    const faults = [...results.findings.faults, ...found.faults];
    report.notes.push(...results.findings.notes, ...faults.map(({ what }) => `not taken: ${what}`));
    report.tests = faults.length === 0 ? found.tests : null;
    // Somebody may have tested it here meanwhile: rename(2) takes no place that is not empty.
    if (report.tests)
      await changeCatalog(catalog, () => rename(join(staged.folder, TESTS), place)).catch(occupied);
  } finally {
    await staged.discard();
  }
}

function occupied(cause: unknown): void {
  if (errno(cause) !== 'ENOTEMPTY' && errno(cause) !== 'EEXIST') throw cause;
}

/** A lock that nobody vouches for must not make this the image of its inputs. */
async function recordIn(file: string): Promise<string | undefined> {
  const opened = openEnvelope(await readFile(file, 'utf8'));
  return opened && recordOf(opened.provenance);
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
