import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readElf } from '../../../builder/strip/elf.ts';

const reader = (bytes: Buffer) => (offset: number, length: number) => bytes.subarray(offset, offset + length);

/** A 64-bit little-endian ELF file: interpreter, one library, one soname; texts lie at address − 0x1000. */
function elf(): Buffer {
  const bytes = Buffer.alloc(0x300);
  bytes.write('\x7fELF\x02\x01\x01', 'latin1');
  bytes.writeBigUInt64LE(64n, 32);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(3, 56);
  const header = (index: number, type: number, offset: number, address: number, size: number) => {
    const at = 64 + index * 56;
    bytes.writeUInt32LE(type, at);
    bytes.writeBigUInt64LE(BigInt(offset), at + 8);
    bytes.writeBigUInt64LE(BigInt(address), at + 16);
    bytes.writeBigUInt64LE(BigInt(size), at + 32);
  };
  header(0, 1, 0x100, 0x1100, 0x200);
  header(1, 2, 0x200, 0x1200, 0x60);
  header(2, 3, 0x180, 0x1180, 16);
  bytes.write('\0libc.so.6\0libme.so.1\0$ORIGIN/../lib:/opt/x\0', 0x100, 'latin1');
  bytes.write('/lib64/ld.so\0', 0x180, 'latin1');
  const entries: [number, number][] = [
    [1, 1],
    [14, 11],
    [29, 22],
    [5, 0x1100],
    [0, 0],
  ];
  entries.forEach(([tag, value], index) => {
    bytes.writeBigUInt64LE(BigInt(tag), 0x200 + index * 16);
    bytes.writeBigUInt64LE(BigInt(value), 0x208 + index * 16);
  });
  return bytes;
}

describe('ELF', () => {
  it('tells libraries, soname, interpreter and run path', () => {
    expect(readElf(reader(elf()))).toEqual({
      ...{ needed: ['libc.so.6'], soname: 'libme.so.1', interpreter: '/lib64/ld.so' },
      runpath: ['$ORIGIN/../lib', '/opt/x'],
    });
  });
  it('of this very Node has the loader of this machine', () => {
    const found = readElf(reader(readFileSync(process.execPath)));
    expect(found?.needed).toContain('libc.so.6');
    expect(found?.interpreter).toMatch(/^\/lib/);
  });
  it('cut off at any length gives an answer or nothing, never an exception', () => {
    const whole = elf();
    for (let length = 0; length < whole.length; length++) {
      expect(() => readElf(reader(whole.subarray(0, length)))).not.toThrow();
    }
  });
  it('of other kinds is nothing', () => {
    const small = elf();
    small[4] = 1;
    expect(readElf(reader(small))).toBeUndefined();
    expect(readElf(reader(Buffer.from('#!/bin/sh\n')))).toBeUndefined();
  });
});
