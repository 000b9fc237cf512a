import { describe, expect, it } from 'vitest';
import { fromArchive } from '../../../builder/exchange/arrivals.ts';
import { END, memberHeader, padding } from '../../../builder/exchange/tar.ts';

const ID = '0123456789abcdef';

function archive(files: [name: string, text: string][], end = END): Buffer {
  const members = files.flatMap(([name, text]) => [
    memberHeader({ name, size: text.length }),
    Buffer.from(text),
    Buffer.alloc(padding(text.length)),
  ]);
  return Buffer.concat([...members, end]);
}

async function* cut(bytes: Buffer, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

/** File → text, taking no more than `most` pieces of each. */
async function read(bytes: Buffer, length = 512, most = Number.POSITIVE_INFINITY) {
  const found: [string, string][] = [];
  for await (const { file, pieces } of fromArchive(cut(bytes, length))) {
    const parts: Uint8Array[] = [];
    if (most > 0)
      for await (const piece of pieces) {
        parts.push(piece);
        if (parts.length >= most) break;
      }
    found.push([file, Buffer.concat(parts).toString()]);
  }
  return found;
}

const FILES: [string, string][] = [
  ['manifest.json', '{}'],
  ['empty', ''],
  ['block', 'b'.repeat(512)],
  ['long', 'l'.repeat(1300)],
];
const WHOLE = archive(FILES.map(([file, text]) => [`${ID}/${file}`, text]));

describe('an archive', () => {
  it.each([1, 7, 511, 512, 513, 4096, 1 << 20])('in pieces of %i bytes gives its files', async (length) => {
    expect(await read(WHOLE, length)).toEqual(FILES);
  });
  it('gives the next file when the one before was not taken, or not to its end', async () => {
    expect((await read(WHOLE, 100, 0)).map(([file]) => file)).toEqual(FILES.map(([file]) => file));
    expect((await read(WHOLE, 100, 2)).map(([file]) => file)).toEqual(FILES.map(([file]) => file));
  });
  it('that is cut off anywhere is refused', async () => {
    for (let length = 0; length < WHOLE.length - 512; length += 97)
      await expect(read(WHOLE.subarray(0, length))).rejects.toMatchObject({
        ...{ code: 'archive-invalid', message: expect.stringContaining('ends in its middle') },
      });
  });
  it('ends its stream when nobody wants the rest', async () => {
    let ended = false;
    const stream = async function* () {
      try {
        yield* cut(WHOLE, 512);
      } finally {
        ended = true;
      }
    };
    for await (const { file } of fromArchive(stream())) {
      expect(file).toBe('manifest.json');
      break;
    }
    expect(ended).toBe(true);
  });

  it.each([
    'manifest.json',
    `/${ID}/manifest.json`,
    `${ID}/../manifest.json`,
    `../${ID}/manifest.json`,
    `${ID}/a/manifest.json`,
    `./${ID}/manifest.json`,
    `${ID}/`,
    `${ID.toUpperCase()}/manifest.json`,
  ])('with %j in it is refused', async (name) => {
    await expect(read(archive([[name, '']]))).rejects.toMatchObject({ code: 'archive-invalid' });
  });
  it('of two images is refused', async () => {
    const two = archive([
      [`${ID}/manifest.json`, ''],
      ['fedcba9876543210/manifest.json', ''],
    ]);
    await expect(read(two)).rejects.toMatchObject({ code: 'archive-invalid' });
  });
});
