import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS, negotiate } from '../../../pxe-server/tftp/negotiate.ts';

const IPV4_AND_UDP = 28;
const ETHERNET = 1500;
const negotiated = (options: Record<string, string>, size = 5000, mtu = ETHERNET) =>
  negotiate(new Map(Object.entries(options)), size, DEFAULT_LIMITS, mtu - IPV4_AND_UDP);
const accepted = (options: Record<string, string>) => Object.fromEntries(negotiated(options).accepted);

it('without options: blocks of 512 bytes in lock-step, and no option acknowledgement', () => {
  expect(negotiated({})).toEqual({
    blockSize: 512,
    windowSize: 1,
    timeout: 1000,
    adaptive: true,
    accepted: new Map(),
  });
});

describe('each option', () => {
  it.each<[string, string, string | undefined]>([
    ['blksize', '8', '8'],
    ['blksize', '512', '512'],
    ['blksize', '1432', '1432'],
    ['blksize', '1468', '1468'],
    // smaller is allowed (RFC 2348): larger blocks would travel in fragments
    ['blksize', '1469', '1468'],
    ['blksize', '65464', '1468'],
    ['blksize', '65465', '1468'],
    ['blksize', '99999999999999999999', '1468'],
    // larger is not allowed: unanswered, so 512 is in force
    ['blksize', '7', undefined],
    ['blksize', '0', undefined],
    ['windowsize', '1', '1'],
    ['windowsize', '4', '4'],
    ['windowsize', '64', '64'],
    ['windowsize', '65', '64'],
    ['windowsize', '65535', '64'],
    ['windowsize', '65536', '64'],
    ['windowsize', '0', undefined],
    // the client's own or nothing (RFC 2349)
    ['timeout', '1', '1'],
    ['timeout', '255', '255'],
    ['timeout', '0', undefined],
    ['timeout', '256', undefined],
    ['timeout', '3000', undefined],
    ['tsize', '0', '5000'],
    ['tsize', '17', '5000'],
    ['tsize', 'nonsense', '5000'],
    ['rollover', '0', undefined],
    ['multicast', '', undefined],
    ['x-unknown', '1', undefined],
  ])('%s %s → %s', (name, value, answer) => {
    expect(accepted({ [name]: value })).toEqual(answer === undefined ? {} : { [name]: answer });
  });
  it.each(['', '-8', '+512', '512.0', '0x200', ' 512', '5e2', '512\n', '999999999999999999999'])(
    'is no number: %j',
    (value) => {
      expect(accepted({ blksize: value, windowsize: value, timeout: value })).toEqual({});
    },
  );
});

it('OVMF, SeaBIOS, GRUB and shim get what they ask for', () => {
  expect(negotiated({ tsize: '0', blksize: '1468', windowsize: '4' })).toMatchObject({
    blockSize: 1468,
    windowSize: 4,
    accepted: new Map([
      ['blksize', '1468'],
      ['windowsize', '4'],
      ['tsize', '5000'],
    ]),
  });
  expect(accepted({ blksize: '1432', tsize: '0' })).toEqual({ blksize: '1432', tsize: '5000' });
  expect(accepted({ blksize: '1024', tsize: '0' })).toEqual({ blksize: '1024', tsize: '5000' });
  expect(accepted({ blksize: '512', windowsize: '4' })).toEqual({ blksize: '512', windowsize: '4' });
});

describe('what the path takes in one piece is the largest block', () => {
  it.each([
    [9000, '65464', '8968'],
    [9000, '8968', '8968'],
    [65_535, '65464', '65464'],
    [65_535, '99999', '65464'],
    [1400, '1468', '1368'],
    // a path may be narrower than the least that everybody can do
    [296, '1468', '512'],
  ])('%i bytes, %s → %s', (mtu, asked, given) => {
    expect(negotiated({ blksize: asked }, 5000, mtu).accepted.get('blksize')).toBe(given);
  });
  it.each([
    ['8', 64, 64],
    ['1468', 64, 64],
    ['8968', 64, 14],
    ['65464', 64, 2],
    ['65464', 1, 1],
  ])('a window of blocks of %s is no larger than clients have room for: %i → %i', (blksize, asked, given) => {
    const found = negotiated({ blksize, windowsize: String(asked) }, 5000, 65_535);
    expect(found.windowSize).toBe(given);
    expect(found.accepted.get('windowsize')).toBe(String(given));
  });
});

it('an interval of the client is in force as it is, in milliseconds', () => {
  expect(negotiated({ timeout: '3' })).toMatchObject({ timeout: 3000, adaptive: false });
});

it('the size of a file above 4 GiB is told in full', () => {
  expect(negotiated({ tsize: '0' }, 5_000_000_000).accepted.get('tsize')).toBe('5000000000');
});
