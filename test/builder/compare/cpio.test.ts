import { describe, expect, it } from 'vitest';
import { readCpio } from '../../../builder/compare/cpio.ts';
import { cpio } from './archive.ts';

describe('an archive', () => {
  const bytes = cpio([
    { path: 'usr/bin', mode: 0o40755 },
    { path: 'usr/bin/x', mode: 0o100755, content: 'twelve bytes' },
    { path: 'y', mode: 0o100644, content: 'z' },
  ]);
  it('has its members, and an end', () => {
    const read = readCpio(Buffer.concat([Buffer.alloc(4), bytes, Buffer.from('more')]), 4)!;
    expect(read.members.map(({ path, content }) => [path, content.toString()])).toEqual([
      ...[
        ['usr/bin', ''],
        ['usr/bin/x', 'twelve bytes'],
        ['y', 'z'],
      ],
    ]);
    expect(read.end).toBe(4 + bytes.length);
  });
  it('tells modes, but not numbers of inodes, apart', () => {
    const header = (mode: number, inode: number) =>
      readCpio(cpio([{ path: 'a', mode, inode }]))!.members[0]!.header;
    expect(header(0o100644, 1)).toBe(header(0o100644, 2));
    expect(header(0o100644, 1)).not.toBe(header(0o100600, 1));
  });
  it('that is cut off anywhere is none', () => {
    for (let at = 0; at < bytes.length - 4; at++) expect(readCpio(bytes.subarray(0, at))).toBeUndefined();
  });
  it('of anything is read without harm', () => {
    for (let round = 0; round < 300; round++) {
      const harmed = Buffer.from(bytes);
      for (let i = 0; i < 4; i++) harmed[Math.floor(Math.random() * harmed.length)] = Math.random() * 256;
      readCpio(harmed);
    }
  });
});
