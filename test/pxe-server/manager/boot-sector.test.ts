import { describe, expect, it } from 'vitest';
import { bootSector, MARK } from '../../../pxe-server/manager/boot-sector.ts';

const ORIGIN = 0x7c00;
const NONCE = '0123456789abcdef0123456789abcdef';
const sector = bootSector(NONCE);
const hex = Buffer.from(sector).toString('hex');
const textAt = Buffer.from(sector).indexOf('\r\n');

describe('a boot sector', () => {
  it('is one sector with the signature that firmware looks for', () => {
    expect(sector).toHaveLength(512);
    expect([...sector.slice(510)]).toEqual([0x55, 0xaa]);
  });
  it('holds the marked nonce, ended by zero', () => {
    expect(Buffer.from(sector).toString('latin1', textAt, 510)).toMatch(
      new RegExp(`^\\r\\n${MARK}${NONCE}\\r\\n\\0+$`),
    );
  });
  it('loads si with the address of its text', () => {
    const movSi = hex.indexOf('be', hex.indexOf('bafb03b003ee')) / 2;
    expect(sector[movSi + 1]! | (sector[movSi + 2]! << 8)).toBe(ORIGIN + textAt);
  });
  it('has jumps that land on instructions', () => {
    // from the opcode's place: bytes after the two of the instruction, signed
    const target = (at: number) => at + 2 + ((sector[at + 1]! << 24) >> 24);
    const at = (bytes: string) => hex.indexOf(bytes) / 2;
    expect(target(at('7411'))).toBe(at('f4ebfd')); // jz halt
    expect(target(at('74fb'))).toBe(at('eca820')); // jz wait
    expect(target(at('ebea'))).toBe(at('ac84c0')); // jmp next
    expect(target(at('ebfd'))).toBe(at('f4ebfd')); // jmp halt
  });
  it.each([64, 300])('takes a nonce of %i characters', (length) => {
    expect(Buffer.from(bootSector('n'.repeat(length))).includes('n'.repeat(length))).toBe(true);
  });
  it('refuses a nonce that does not fit', () => {
    expect(() => bootSector('n'.repeat(500))).toThrow(RangeError);
  });
});
