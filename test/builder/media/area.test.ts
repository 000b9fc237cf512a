import { describe, expect, it } from 'vitest';
import { AREA, EMPTY_AREA, findArea, renderArea } from '../../../builder/media/area.ts';

describe('the area of a medium', () => {
  it('has one size, whatever is in it', () => {
    for (let length = 0; length < 300; length++) {
      const area = renderArea({ variables: {}, settings: { a: 'x'.repeat(length) } })!;
      expect([area.length, area.at(-1)]).toEqual([AREA.size, 0x0a]);
    }
  });
  it('is for GRUB a few variables and many comments', () => {
    const text = renderArea({
      variables: { rackhand_network: 'ip=eno1:dhcp vlan=eno1.5:eno1' },
      settings: { url: 'https://192.0.2.1:8443', token: '0'.repeat(32) },
      certificate: '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n',
    })!.toString();
    const lines = text.split('\n').filter((line) => !/^#+$/.test(line));
    expect(lines).toEqual([
      '# What this medium tells its machine: 65536 bytes, filled by rackhand images media.',
      "set rackhand_network='ip=eno1:dhcp vlan=eno1.5:eno1'",
      '#:url=https://192.0.2.1:8443',
      `#:token=${'0'.repeat(32)}`,
      ...['#|-----BEGIN CERTIFICATE-----', '#|AA==', '#|-----END CERTIFICATE-----'],
      '# End of what this medium tells its machine.',
      '',
    ]);
    expect(text.split('\n').every((line) => line.length < 128)).toBe(true);
  });
  it('says when it is too much', () => {
    expect(renderArea({ variables: {}, settings: { a: 'x'.repeat(AREA.size) } })).toBe(undefined);
  });
});

describe('looking for it', () => {
  const at = (offset: number, area = EMPTY_AREA, size = 256 << 10) => {
    const piece = Buffer.alloc(size);
    area.copy(piece, offset);
    return findArea(piece);
  };
  it.each([0, 512, 2048, 65536])('finds it at %i', (offset) => {
    expect(at(offset)).toBe(offset);
  });
  it.each([1, 511, 513])('takes text at %i, in the middle of a sector, for none', (offset) => {
    expect(at(offset)).toBe(undefined);
  });
  it('takes one that is cut, or lies in two places, for none', () => {
    expect(at((256 << 10) - AREA.size + 512)).toBe(undefined);
    expect(at(0, EMPTY_AREA.subarray(0, AREA.size - 512))).toBe(undefined);
  });
  it('goes on behind what only looks like one', () => {
    const piece = Buffer.alloc(256 << 10);
    EMPTY_AREA.subarray(0, 512).copy(piece, 0);
    EMPTY_AREA.copy(piece, 131072);
    expect(findArea(piece)).toBe(131072);
  });
});
