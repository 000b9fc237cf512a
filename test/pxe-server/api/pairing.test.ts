import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../builder/shared/ids.ts';
import { PAIRING_MS, PairingDesk } from '../../../pxe-server/api/pairing.ts';

const START = Date.parse('2026-01-01T00:00:00.000Z');

function deskAt(): { desk: PairingDesk; pass: (milliseconds: number) => void } {
  let time = START;
  return {
    desk: new PairingDesk(() => time),
    pass: (milliseconds) => {
      time += milliseconds;
    },
  };
}

/** A code that is not open: the last digit of an open one changed. */
const wrong = (code: string, by = 1) => code.slice(0, 7) + ((Number(code[7]) + by) % 10);

describe('a pairing code', () => {
  it('is eight digits, and says until when it is good', () => {
    const { desk } = deskAt();
    const { code, expiresAt } = desk.open('h1');
    expect(code).toMatch(/^\d{8}$/);
    expect(expiresAt).toBe('2026-01-01T00:01:00.000Z');
  });
  it('gives a one-time token for the host it was opened for, of which only the hash is kept', () => {
    const { desk } = deskAt();
    const redeemed = desk.redeem(desk.open('h1').code, 20)!;
    expect(redeemed.token).toMatch(/^[0-9a-f]{32}$/);
    expect(redeemed.row).toEqual({
      hash: sha256(redeemed.token),
      purpose: 'pair',
      hostId: 'h1',
      mac: null,
      expiresAt: '2026-01-01T00:20:00.000Z',
    });
  });
  it('for no host in particular gives a token for no host in particular', () => {
    const { desk } = deskAt();
    expect(desk.redeem(desk.open(null).code, 20)?.row.hostId).toBeNull();
  });
  it('is good once', () => {
    const { desk } = deskAt();
    const { code } = desk.open('h1');
    expect(desk.redeem(code, 20)).toBeDefined();
    expect(desk.redeem(code, 20)).toBeUndefined();
  });
  it.each([
    ['at once', 0, true],
    ['in the last moment', PAIRING_MS - 1, true],
    ['after a minute', PAIRING_MS, false],
    ['after an hour', 60 * PAIRING_MS, false],
  ])('%s', (_when, waited, good) => {
    const { desk, pass } = deskAt();
    const { code } = desk.open('h1');
    pass(waited);
    expect(desk.redeem(code, 20) !== undefined).toBe(good);
  });
});

describe('codes of several machines', () => {
  it('are open at the same time', () => {
    const { desk } = deskAt();
    const [a, b] = [desk.open('h1'), desk.open('h2')];
    expect(desk.redeem(b.code, 20)?.row.hostId).toBe('h2');
    expect(desk.redeem(a.code, 20)?.row.hostId).toBe('h1');
  });
});

describe('wrong codes', () => {
  it.each([
    [4, true],
    [5, false],
  ])('after %i of them the right one is still good: %s', (tries, good) => {
    const { desk } = deskAt();
    const { code } = desk.open('h1');
    for (let n = 1; n <= tries; n++) expect(desk.redeem(wrong(code, n), 20)).toBeUndefined();
    expect(desk.redeem(code, 20) !== undefined).toBe(good);
  });
  it('withdraw every open code, also of other machines', () => {
    const { desk } = deskAt();
    const [a, b] = [desk.open('h1'), desk.open('h2')];
    for (let n = 0; n < 5; n++) desk.redeem('not a code', 20);
    expect([desk.redeem(a.code, 20), desk.redeem(b.code, 20)]).toEqual([undefined, undefined]);
  });
  it('are counted anew for a new code', () => {
    const { desk } = deskAt();
    desk.open('h1');
    for (let n = 0; n < 5; n++) desk.redeem('not a code', 20);
    const { code } = desk.open('h1');
    for (let n = 0; n < 4; n++) desk.redeem('not a code', 20);
    expect(desk.redeem(code, 20)).toBeDefined();
  });
  it('of before do not count for a code that is opened beside another', () => {
    const { desk } = deskAt();
    const { code } = desk.open('h1');
    for (let n = 0; n < 4; n++) desk.redeem('not a code', 20);
    desk.open('h2');
    desk.redeem('not a code', 20);
    expect(desk.redeem(code, 20)).toBeDefined();
  });
});
