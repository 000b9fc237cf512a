import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import koffi from 'koffi';
import { afterAll, describe, expect, it } from 'vitest';
import { Blocks, PieceMemory } from '../../../pxe-server/tftp/blocks.ts';
import { type Source, Sources } from '../../../pxe-server/tftp/source.ts';
import { seeded } from '../../shared/random.ts';
import { parse } from './wire.ts';

function sourceOf(bytes: Buffer): Source {
  return {
    size: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
    close: () => {},
  };
}

const folder = mkdtempSync(join(tmpdir(), 'rackhand-blocks-'));
const sources = new Sources();
afterAll(() => {
  sources.close();
  rmSync(folder, { recursive: true, force: true });
});

function fileOf(bytes: Buffer): Source {
  const path = join(folder, 'file');
  writeFileSync(path, bytes);
  return sources.open({ path, size: bytes.length }, 'octet');
}

/** What lies in memory for some blocks, in as many pieces as it takes. */
function sent(blocks: Blocks, from: number, to: number): Buffer[] {
  const packets: Buffer[] = [];
  for (let next = from; next <= to; ) {
    const run = blocks.packets(next, to);
    if (run === 'cold') throw new Error('cold');
    const bytes = Buffer.from(koffi.view(BigInt(run.address), run.length)).subarray(0, run.length);
    for (let i = 0; i < run.count; i++)
      packets.push(Buffer.from(bytes.subarray(i * blocks.packet, (i + 1) * blocks.packet)));
    next += run.count;
  }
  return packets;
}

describe.each([
  ['in memory', sourceOf],
  ['on a disk', fileOf],
])('packets of a file %s', (_, open) => {
  it.each([8, 512, 1468, 8192, 65_464])('in blocks of %i, in order, back and at the end', (blockSize) => {
    const random = seeded(blockSize);
    for (const size of [0, 1, blockSize - 1, blockSize, 3 * blockSize, 70 * blockSize + 5]) {
      const content = randomBytes(size);
      const source = open(content);
      const blocks = new Blocks(source, blockSize, new PieceMemory());
      const last = Math.floor(size / blockSize) + 1;
      const starts = [1, last, 1, ...Array.from({ length: 20 }, () => 1 + Math.floor(random() * last))];
      for (const from of starts) {
        const to = Math.min(last, from + Math.floor(random() * 64));
        for (const [i, packet] of sent(blocks, from, to).entries()) {
          const block = from + i;
          const payload = content.subarray((block - 1) * blockSize, block * blockSize);
          const found = parse(packet) as Extract<ReturnType<typeof parse>, { kind: 'data' }>;
          expect([found.kind, found.block]).toEqual(['data', block & 0xffff]);
          expect(found.payload.equals(payload)).toBe(true);
        }
      }
      blocks.release();
      source.close();
    }
  });
});

describe('packets of a file', () => {
  it('lie there once they were read, and not after they were released', () => {
    let reads = 0;
    const source = sourceOf(randomBytes(100_000));
    const read = (offset: number, length: number) => {
      reads += 1;
      return source.read(offset, length);
    };
    const counting: Source = { ...source, read };
    const blocks = new Blocks(counting, 1468, new PieceMemory());
    for (let block = 1; block <= 22; block++) blocks.packets(block, block);
    expect(reads).toBe(1);
    blocks.packets(23, 23);
    expect(reads).toBe(2);
    blocks.release();
    blocks.packets(23, 23);
    expect(reads).toBe(3);
  });
  it('that are on the disk still are asked for again', () => {
    let cold = true;
    const source = sourceOf(Buffer.from('loader'));
    const slow: Source = { ...source, read: (...where) => (cold ? 'cold' : source.read(...where)) };
    const blocks = new Blocks(slow, 512, new PieceMemory());
    expect(blocks.packets(1, 1)).toBe('cold');
    cold = false;
    expect(blocks.packets(1, 1)).toMatchObject({ count: 1, length: 10 });
  });
  it('that come by half have spoilt what lay there: it is read again before it is sent again', () => {
    const content = randomBytes(100_000);
    let torn = false;
    const source = sourceOf(content);
    const half: Source = {
      ...source,
      read: (...where) => (torn ? 'cold' : source.read(...where)),
      scatter(offset, length, vectors) {
        if (!torn) return false;
        const first = vectors.readBigUInt64LE(0);
        new Uint8Array(koffi.view(first, 512)).set(content.subarray(offset, offset + 512));
        return length === 512;
      },
    };
    const blocks = new Blocks(half, 512, new PieceMemory());
    const before = sent(blocks, 1, 3);
    torn = true;
    expect(blocks.packets(101, 101)).toBe('cold');
    torn = false;
    expect(sent(blocks, 1, 3)).toEqual(before);
  });
  it('that nobody has yet take no memory while the disk is waited for', () => {
    const memory = new PieceMemory(1);
    const piece = memory.take(512);
    memory.giveBack(piece);
    const cold: Source = { ...sourceOf(randomBytes(5000)), read: () => 'cold' };
    expect(new Blocks(cold, 512, memory).packets(1, 1)).toBe('cold');
    expect(memory.take(512) === piece).toBe(true);
  });
});

it('memory is taken in turn, and no more is kept than was said', () => {
  const memory = new PieceMemory(2);
  const pieces = [memory.take(100), memory.take(100), memory.take(100)];
  for (const piece of pieces) memory.giveBack(piece);
  const again = [memory.take(100), memory.take(100), memory.take(100)];
  expect(again.filter((piece) => pieces.includes(piece))).toHaveLength(2);
  expect(memory.take(65_468).length).toBe(65_468);
});
