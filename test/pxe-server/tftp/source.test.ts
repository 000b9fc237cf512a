import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSource, type Source } from '../../../pxe-server/tftp/source.ts';
import { seeded } from '../../shared/random.ts';

const SIZE = 2_500_000;
const content = randomBytes(SIZE);
let folder: string;
let path: string;
let source: Source;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-source-'));
  path = join(folder, 'file');
  await writeFile(path, content);
  source = await openSource({ path, size: SIZE });
});
afterEach(async () => {
  await source.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a file', () => {
  it('in order, back and across what was read at once', async () => {
    const random = seeded(512);
    const offsets = [0, 1468, 1_048_000, 1_048_576, 0, 2_097_000, SIZE - 1, SIZE];
    for (let i = 0; i < 200; i++) offsets.push(Math.floor(random() * SIZE));
    for (const offset of offsets)
      expect((await source.read(offset, 1468)).equals(content.subarray(offset, offset + 1468))).toBe(true);
  });
  it('by two readers at once, each of which gets its own', async () => {
    const [one, two] = await Promise.all([source.read(0, 512), source.read(2_000_000, 512)]);
    expect(one.equals(content.subarray(0, 512))).toBe(true);
    expect(two.equals(content.subarray(2_000_000, 2_000_512))).toBe(true);
  });
  it('is not read again for blocks that are there', async () => {
    await source.read(0, 512);
    expect(Buffer.isBuffer(source.read(512, 512))).toBe(true);
  });
  it('that shrank is an error, at the end that is missing', async () => {
    await truncate(path, 2_000_000);
    expect((await source.read(0, 512)).length).toBe(512);
    await expect(Promise.resolve(source.read(1_999_900, 512))).rejects.toThrow(`shorter than ${SIZE} bytes`);
  });
});

it('bytes in memory', async () => {
  const memory = await openSource(Buffer.from('loader'));
  expect([memory.size, (await memory.read(4, 512)).toString(), (await memory.read(6, 512)).length]).toEqual([
    6,
    'er',
    0,
  ]);
  await memory.close();
});

it('a file that is absent', async () => {
  await expect(openSource({ path: join(folder, 'absent'), size: 1 })).rejects.toMatchObject({
    code: 'ENOENT',
  });
});
