import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Source, Sources } from '../../../pxe-server/tftp/source.ts';
import { seeded } from '../../shared/random.ts';

const SIZE = 2_500_000;
const content = randomBytes(SIZE);
let folder: string;
let path: string;
let sources: Sources;
let source: Source;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-source-'));
  path = join(folder, 'file');
  await writeFile(path, content);
  sources = new Sources();
  source = sources.open({ path, size: SIZE }, 'octet');
});
afterEach(async () => {
  source.close();
  sources.close();
  await rm(folder, { recursive: true, force: true });
});

/** As a transfer does: what is still on the disk is asked for again. */
async function read(from: Source, offset: number, length: number): Promise<Buffer> {
  for (;;) {
    const bytes = from.read(offset, length);
    if (bytes !== 'cold') return Buffer.from(bytes);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

describe('a file', () => {
  it('in order, back, and at its end', async () => {
    const random = seeded(512);
    const offsets = [0, 1468, 1_048_000, 1_048_576, 0, 2_097_000, SIZE - 1, SIZE];
    for (let i = 0; i < 200; i++) offsets.push(Math.floor(random() * SIZE));
    for (const offset of offsets)
      expect((await read(source, offset, 1468)).equals(content.subarray(offset, offset + 1468))).toBe(true);
  });
  it('in pieces of the largest block', async () => {
    expect((await read(source, 17, 65_464)).equals(content.subarray(17, 17 + 65_464))).toBe(true);
  });
  it('that shrank is an error, at the end that is missing', async () => {
    await truncate(path, 2_000_000);
    expect(await read(source, 0, 512)).toHaveLength(512);
    await expect(read(source, 1_999_900, 512)).rejects.toThrow(`shorter than ${SIZE} bytes`);
  });
  it('that cannot be read is an error with its name', async () => {
    const directory = sources.open({ path: folder, size: 10 }, 'octet');
    await expect(read(directory, 0, 10)).rejects.toThrow(`${folder}: EISDIR`);
    directory.close();
  });
});

it('bytes in memory', async () => {
  const memory = sources.open(Buffer.from('loader'), 'octet');
  expect([memory.size, (await read(memory, 4, 512)).toString(), (await read(memory, 6, 512)).length]).toEqual(
    [6, 'er', 0],
  );
  memory.close();
});

it('a file that is absent', () => {
  const open = () => sources.open({ path: join(folder, 'absent'), size: 1 }, 'octet');
  expect(open).toThrow(expect.objectContaining({ code: 'ENOENT' }));
});

describe('mode netascii', () => {
  it.each([
    ['', ''],
    ['a', 'a'],
    ['a\nb\n', 'a\r\nb\r\n'],
    ['a\r\nb', 'a\r\0\r\nb'],
    ['\r', '\r\0'],
    ['\n\n', '\r\n\r\n'],
  ])('%j → %j', async (text, expected) => {
    await writeFile(path, text);
    for (const file of [Buffer.from(text), { path, size: text.length }]) {
      const found = sources.open(file, 'netascii');
      expect(found.size).toBe(expected.length);
      expect((await read(found, 0, 65_464)).toString()).toBe(expected);
      found.close();
    }
  });
  it('is for text: what is longer than any is refused', () => {
    const open = () => sources.open({ path, size: SIZE }, 'netascii');
    expect(open).toThrow(`${SIZE} bytes are too long for mode netascii; ask in mode octet`);
  });
});
