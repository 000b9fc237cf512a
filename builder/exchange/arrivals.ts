import { MANIFEST, PROVENANCE, SIGNATURE } from '../catalog/id.ts';
import { Manifest } from '../contract/manifest.ts';
import { openEnvelope } from '../contract/provenance.ts';
import { type ImageSource, readWhole } from '../verify/source.ts';
import { namedParts, PAPER_BYTES, recordOf } from './parts.ts';
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
      const [, above, file] = /^([0-9a-f]{16})\/([^/]+)$/.exec(member.name) ?? [];
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
  const whole = async function* (bytes: Buffer) {
    yield bytes;
  };
  const text = await readWhole(source, MANIFEST, PAPER_BYTES);
  if (!text) return;
  yield { file: MANIFEST, pieces: whole(text) };
  const signature = await readWhole(source, SIGNATURE, PAPER_BYTES);
  if (signature) yield { file: SIGNATURE, pieces: whole(signature) };
  const provenance = await readWhole(source, PROVENANCE, PAPER_BYTES);
  if (provenance) yield { file: PROVENANCE, pieces: whole(provenance) };
  const statement = provenance && openEnvelope(provenance.toString('utf8'))?.provenance;
  const record = statement && recordOf(statement);
  const manifest = Manifest.parse(JSON.parse(text.toString('utf8')));
  for (const file of [...(record ? [record] : []), ...namedParts(manifest).map((part) => part.file)]) {
    const pieces = await source.open(file);
    if (pieces) yield { file, pieces };
  }
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
