import { createHash } from 'node:crypto';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MANIFEST, PROVENANCE, SIGNATURE, TESTS } from '../catalog/id.ts';
import { Manifest } from '../contract/manifest.ts';
import { openEnvelope } from '../contract/provenance.ts';
import { TrialResult } from '../contract/trial.ts';
import { errno, RackhandError } from '../shared/errors.ts';
import { sha256 } from '../shared/ids.ts';
import { parseJson } from '../shared/json.ts';
import { RESULTS, recordOf, resultFiles } from './parts.ts';
import { END, memberHeader, padding } from './tar.ts';

/** Takes bytes, and is ready for more when it is done. */
export type Sink = (bytes: Uint8Array) => Promise<void>;

const PIECE = 1 << 20;

/** A file that is open before the first byte is written: an image that is removed meanwhile is exported whole. */
interface Opened extends Part {
  handle: FileHandle;
}

interface Part {
  file: string;
  size: number;
  sha256: string;
}

/**
 * An image as a tar archive: manifest and signature first, so that who reads it knows at once what the rest has to be.
 * The same image with the same results of tests gives the same bytes. Each file is compared with the manifest on its way;
 * one that differs ends the archive in its middle.
 * @throws RackhandError image-damaged | image-unknown
 */
export async function exportImage(
  catalog: string,
  id: string,
  sink: Sink,
  signal?: AbortSignal,
): Promise<void> {
  const home = join(catalog, id);
  const papers = await readPapers(home, id);
  const { artifacts, evidence } = Manifest.parse(JSON.parse(papers[0]!.bytes.toString('utf8')));
  const opened: Opened[] = [];
  try {
    const named = [...(await resultsOf(home, papers)), ...evidence, ...artifacts];
    for (const { file, size, sha256 } of named)
      opened.push({ file, size, sha256, handle: await openPart(home, id, file) });
    for (const { file, bytes } of papers) {
      await sink(memberHeader({ name: `${id}/${file}`, size: bytes.length }));
      await sink(Buffer.concat([bytes, Buffer.alloc(padding(bytes.length))]));
    }
    for (const one of opened) {
      await sink(memberHeader({ name: `${id}/${one.file}`, size: one.size }));
      await copy(one, id, sink, signal);
      await sink(Buffer.alloc(padding(one.size)));
    }
    await sink(END);
  } finally {
    for (const { handle } of opened) await handle.close();
  }
}

/** Manifest, signature, provenance and the lock of the build, as far as they are there. */
async function readPapers(home: string, id: string): Promise<{ file: string; bytes: Buffer }[]> {
  const read = async (file: string) => {
    const bytes = await readFile(join(home, file)).catch(() => undefined);
    return bytes ? [{ file, bytes }] : [];
  };
  const manifest = await read(MANIFEST);
  if (manifest.length === 0) throw damaged(id, MANIFEST, 'is missing');
  const [provenance] = await read(PROVENANCE);
  const statement = provenance && openEnvelope(provenance.bytes.toString('utf8'))?.provenance;
  if (!statement) throw damaged(id, PROVENANCE, 'cannot be read');
  const record = recordOf(statement);
  return [...manifest, ...(await read(SIGNATURE)), provenance, ...(record ? await read(record) : [])];
}

/**
 * Adds the results of tests to the papers, with their signature, where they are of this manifest.
 * @returns logs and screens that they name
 */
async function resultsOf(home: string, papers: { file: string; bytes: Buffer }[]): Promise<Part[]> {
  const read = (file: string) => readFile(join(home, file)).catch(() => undefined);
  const [bytes, signature] = await Promise.all([read(RESULTS.result), read(RESULTS.signature)]);
  if (!bytes) return [];
  const parsed = TrialResult.safeParse(parseJson(bytes.toString('utf8')));
  if (!parsed.success || parsed.data.manifestSha256 !== sha256(papers[0]!.bytes)) return [];
  papers.push({ file: RESULTS.result, bytes });
  if (signature) papers.push({ file: RESULTS.signature, bytes: signature });
  return resultFiles(parsed.data).map((one) => ({ ...one, file: `${TESTS}/${one.file}` }));
}

async function openPart(home: string, id: string, file: string): Promise<FileHandle> {
  return open(join(home, file), 'r').catch((error) => {
    throw damaged(id, file, errno(error) === 'ENOENT' ? 'is missing' : `cannot be read (${errno(error)})`);
  });
}

async function copy(
  { file, size, sha256, handle }: Opened,
  id: string,
  sink: Sink,
  signal: AbortSignal | undefined,
): Promise<void> {
  if ((await handle.stat()).size !== size) throw damaged(id, file, 'has another size');
  const hash = createHash('sha256');
  const piece = Buffer.allocUnsafe(PIECE);
  for (let left = size; left > 0; ) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(piece, 0, Math.min(left, PIECE));
    if (bytesRead === 0) throw damaged(id, file, 'was cut off');
    hash.update(piece.subarray(0, bytesRead));
    await sink(piece.subarray(0, bytesRead));
    left -= bytesRead;
  }
  if (hash.digest('hex') !== sha256) throw damaged(id, file, 'has other content');
}

function damaged(id: string, file: string, why: string): RackhandError {
  const mend = `rackhand images verify ${id} tells all; build the image again with --force`;
  return new RackhandError('image-damaged', `${file} of image ${id} ${why} and is not exported`, mend);
}
