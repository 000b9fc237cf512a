import { MANIFEST, PROVENANCE, SIGNATURE, TESTS } from '../catalog/id.ts';
import { Manifest } from '../contract/manifest.ts';
import { openEnvelope } from '../contract/provenance.ts';
import { TrialResult } from '../contract/trial.ts';
import { parseJson } from '../shared/json.ts';
import { RESULT_BYTES } from '../verify/results.ts';
import { type ImageSource, readWhole } from '../verify/source.ts';
import { SIGNATURE_BYTES } from '../verify/verify.ts';
import { namedParts, PAPER_BYTES, RESULTS, recordOf, resultFiles } from './parts.ts';
import { BLOCK, invalid, padding, readHeader } from './tar.ts';

/** A file of an image that comes in. Its pieces are taken before the next one is asked for. */
export interface Arrival {
  file: string;
  pieces: AsyncIterable<Uint8Array>;
}

/**
 * Files of an archive, one after the other, as its bytes come.
 * @throws RackhandError archive-invalid: no archive of an image, or cut off
 */
export async function* fromArchive(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Arrival> {
  const reader = new Reader(bytes);
  let folder: string | undefined;
  try {
    for (;;) {
      const member = readHeader(await reader.exactly(BLOCK));
      if (!member) return;
      const [, above, file] = /^([0-9a-f]{16})\/((?:tests\/)?[^/]+)$/.exec(member.name) ?? [];
      folder ??= above;
      if (file === undefined || above !== folder)
        throw invalid(`it has ${JSON.stringify(member.name.slice(0, 120))} in it`);
      reader.begin(member.size);
      yield { file, pieces: reader.file() };
      await reader.finish();
      await reader.exactly(padding(member.size));
    }
  } finally {
    await reader.close();
  }
}

/**
 * Files of an image's folder at an address: manifest and signature first, then what the manifest names. Whoever does
 * not believe the manifest asks for no more.
 */
export async function* fromSource(source: ImageSource): AsyncGenerator<Arrival> {
  const text = await readWhole(source, MANIFEST, PAPER_BYTES);
  if (!text) return;
  yield { file: MANIFEST, pieces: one(text) };
  const signature = await readWhole(source, SIGNATURE, PAPER_BYTES);
  if (signature) yield { file: SIGNATURE, pieces: one(signature) };
  const provenance = await readWhole(source, PROVENANCE, PAPER_BYTES);
  if (provenance) yield { file: PROVENANCE, pieces: one(provenance) };
  const statement = provenance && openEnvelope(provenance.toString('utf8'))?.provenance;
  const record = statement && recordOf(statement);
  const manifest = Manifest.parse(JSON.parse(text.toString('utf8')));
  if (record) yield* opened(source, [record]);
  yield* resultsFrom(source);
  yield* opened(
    source,
    namedParts(manifest).map(({ file }) => file),
  );
}

async function* opened(source: ImageSource, files: readonly string[]): AsyncGenerator<Arrival> {
  for (const file of files) {
    const pieces = await source.open(file);
    if (pieces) yield { file, pieces };
  }
}

/** The results, then the files that they name. */
async function* resultsFrom(source: ImageSource): AsyncGenerator<Arrival> {
  const text = await readWhole(source, RESULTS.result, RESULT_BYTES);
  if (!text) return;
  yield { file: RESULTS.result, pieces: one(text) };
  const signature = await readWhole(source, RESULTS.signature, SIGNATURE_BYTES);
  if (signature) yield { file: RESULTS.signature, pieces: one(signature) };
  const parsed = TrialResult.safeParse(parseJson(text.toString('utf8')));
  if (!parsed.success) return;
  yield* opened(
    source,
    resultFiles(parsed.data).map(({ file }) => `${TESTS}/${file}`),
  );
}

async function* one(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Hands out a stream's bytes in the amounts that are asked for. */
class Reader {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #held: Uint8Array = Buffer.alloc(0);
  /** Bytes of the current file that nobody has taken yet. */
  #left = 0;

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#pieces = bytes[Symbol.asyncIterator]();
  }

  /** @param bytes a block at most */
  async exactly(bytes: number): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    for (let left = bytes; left > 0; ) {
      const piece = await this.#take(left);
      parts.push(piece);
      left -= piece.length;
    }
    return Buffer.concat(parts);
  }

  begin(bytes: number): void {
    this.#left = bytes;
  }

  async *file(): AsyncGenerator<Uint8Array> {
    while (this.#left > 0) {
      const piece = await this.#take(this.#left);
      this.#left -= piece.length;
      yield piece;
    }
  }

  /** Passes by what of the current file was not taken. */
  async finish(): Promise<void> {
    while (this.#left > 0) this.#left -= (await this.#take(this.#left)).length;
  }

  async close(): Promise<void> {
    await this.#pieces.return?.();
  }

  async #take(most: number): Promise<Uint8Array> {
    while (this.#held.length === 0) {
      const { done, value } = await this.#pieces.next();
      if (done) throw invalid('it ends in its middle');
      this.#held = value;
    }
    const piece = this.#held.subarray(0, most);
    this.#held = this.#held.subarray(piece.length);
    return piece;
  }
}
