import { randomBytes } from 'node:crypto';
import koffi from 'koffi';
import { describe, expect, it } from 'vitest';
import { Blocks, PieceMemory } from '../../../pxe-server/tftp/blocks.ts';
import type { Source } from '../../../pxe-server/tftp/source.ts';
import { seeded } from '../../shared/random.ts';
import { parse } from './wire.ts';

function sourceOf(bytes: Buffer): Source {
  return {
    size: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
    close: () => {},
  };
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

describe('packets of a file', () => {
  it.each([8, 512, 1468, 8192, 65_464])('in blocks of %i, in order, back and at the end', (blockSize) => {
    const random = seeded(blockSize);
    for (const size of [0, 1, blockSize - 1, blockSize, 3 * blockSize, 70 * blockSize + 5]) {
      const content = randomBytes(size);
      const blocks = new Blocks(sourceOf(content), blockSize, new PieceMemory());
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
    }
  });
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
});

it('memory is taken in turn, and no more is kept than was said', () => {
  const memory = new PieceMemory(2);
  const pieces = [memory.take(100), memory.take(100), memory.take(100)];
  for (const piece of pieces) memory.giveBack(piece);
  const again = [memory.take(100), memory.take(100), memory.take(100)];
  expect(again.filter((piece) => pieces.includes(piece))).toHaveLength(2);
  expect(memory.take(65_468).length).toBe(65_468);
});
