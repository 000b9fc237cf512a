import { expect, it } from 'vitest';
import { BLOCK, type Member, memberHeader, padding, paxRecord } from '../../../builder/image/member.ts';

const FILE: Member = {
  ...{ path: 'usr/bin/x', type: '0', mode: 0o4755, uid: 0, gid: 36, size: 5, mtime: 1_700_000_000 },
  attributes: new Map(),
};

it.each([
  ['1', '6 a=1\n'],
  ['1234', '9 a=1234\n'],
  ['12345', '11 a=12345\n'],
  ['x'.repeat(93), `99 a=${'x'.repeat(93)}\n`],
  ['x'.repeat(94), `101 a=${'x'.repeat(94)}\n`],
])('the length of a record counts itself: %s', (value, record) => {
  expect(paxRecord('a', value).toString()).toBe(record);
  expect(record.length).toBe(Number.parseInt(record, 10));
});

it('a plain file has one block', () => {
  const header = memberHeader(FILE);
  expect(header.length).toBe(BLOCK);
  expect(header.toString('latin1', 0, 265).replaceAll('\0', '.')).toBe(
    `${'usr/bin/x'.padEnd(100, '.')}0004755.0000000.0000044.00000000005.14524770400.${sumOf(header)}. 0${'.'.repeat(100)}ustar.00`,
  );
});

function sumOf(header: Buffer): string {
  let sum = 8 * 0x20;
  for (const [at, byte] of header.entries()) if (at < 148 || at >= 156) sum += byte;
  return sum.toString(8).padStart(6, '0');
}

it('what a header has no room for stands in records before it', () => {
  const long = `${'a/'.repeat(60)}\xfc`;
  const attributes = new Map([
    ['user.b', Buffer.from([0, 10, 255])],
    ['security.selinux', Buffer.from('x\0')],
  ]);
  const whole = memberHeader({ ...FILE, path: long, uid: 8 ** 7, size: 8 ** 11, attributes });
  const size = Number.parseInt(whole.toString('latin1', 124, 135), 8);
  expect(String.fromCharCode(whole[156]!)).toBe('x');
  expect(whole.toString('latin1', BLOCK, BLOCK + size)).toBe(
    [
      `131 path=${long}\n`,
      '19 size=8589934592\n',
      '15 uid=2097152\n',
      '36 SCHILY.xattr.security.selinux=x\0\n',
      '27 SCHILY.xattr.user.b=\0\n\xff\n',
    ].join(''),
  );
  expect(whole.length).toBe(BLOCK + size + padding(size).length + BLOCK);
});
