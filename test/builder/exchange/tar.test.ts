import { describe, expect, it } from 'vitest';
import { BLOCK, memberHeader, padding, readHeader } from '../../../builder/exchange/tar.ts';
import { sha256 } from '../../../builder/shared/ids.ts';
import { seeded } from '../../shared/random.ts';

describe('a header', () => {
  it.each([0, 1, 511, 512, 8 ** 11 - 1, 8 ** 11, 2 ** 45])(
    'of %i bytes is read as it was written',
    (size) => {
      const block = memberHeader({ name: '0123456789abcdef/vmlinuz', size });
      expect(block).toHaveLength(BLOCK);
      expect(readHeader(block)).toEqual({ name: '0123456789abcdef/vmlinuz', size });
    },
  );
  it('has the same bytes on every machine', () => {
    expect(sha256(memberHeader({ name: 'a/b', size: 5 }))).toBe(
      'b0d6a5465b01331df27884c1997098b73dc00043514bc0a8b86308a187780d67',
    );
  });
  it('takes a name of a hundred bytes and no longer one', () => {
    const name = 'n'.repeat(100);
    expect(readHeader(memberHeader({ name, size: 0 }))?.name).toBe(name);
    expect(() => memberHeader({ name: `${name}n`, size: 0 })).toThrow(TypeError);
  });
  it('of zeros is the end', () => {
    expect(readHeader(Buffer.alloc(BLOCK))).toBeUndefined();
  });
});

/** A header with other bytes in it, and a sum that is right for them. */
function changed(at: number, bytes: string): Buffer {
  const block = memberHeader({ name: 'a/b', size: 5 });
  block.write(bytes, at, 'latin1');
  block.write('        ', 148, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

describe('refused is', () => {
  it.each([
    ['a link', changed(156, '2'), '"a/b" in it is no plain file'],
    ['a hard link', changed(156, '1'), '"a/b" in it is no plain file'],
    ['a folder', changed(156, '5'), '"a/b" in it is no plain file'],
    ['a device', changed(156, '3'), '"a/b" in it is no plain file'],
    ['another header of pax', changed(156, 'x'), '"a/b" in it is no plain file'],
    ['a name in two parts', changed(345, '/etc'), 'not as this program writes them'],
    ['another format', changed(257, '\0\0\0\0\0'), 'not as this program writes them'],
    ['a size that is none', changed(124, '0000000009x'), 'the size of a/b is none'],
    ['a size beyond counting', changed(124, '\xff'.repeat(12)), 'the size of a/b is none'],
    ['text', Buffer.alloc(BLOCK, 'text'), 'no header of tar'],
  ])('%s', (_, block, why) => {
    expect(() => readHeader(block)).toThrow(why);
  });
  it('every header with one bit changed', () => {
    const random = seeded(7);
    for (let round = 0; round < 2000; round++) {
      const block = memberHeader({ name: '0123456789abcdef/vmlinuz', size: 12345 });
      const at = Math.floor(random() * BLOCK);
      if (at >= 148 && at < 156) continue; // its sum has blanks that may be other ones
      block[at]! ^= 1 << Math.floor(random() * 8);
      expect(() => readHeader(block)).toThrow();
    }
  });
});

it.each([
  [0, 0],
  [1, 511],
  [511, 1],
  [512, 0],
  [513, 511],
])('%i bytes are followed by %i', (size, rest) => {
  expect(padding(size)).toBe(rest);
});
