import { describe, expect, it } from 'vitest';
import { Token } from '../../../builder/contract/fields.ts';
import { sha256 } from '../../../builder/shared/ids.ts';
import { Mint } from '../../../pxe-server/boot/tokens.ts';
import type { MintedToken } from '../../../pxe-server/roles/messages.ts';

const MAC = '52:54:00:00:00:01';

function mint(minutes = 20) {
  const announced: MintedToken[] = [];
  const clock = { now: Date.parse('2026-01-01T00:00:00Z') };
  return {
    announced,
    clock,
    mint: new Mint(
      (token) => announced.push(token),
      minutes,
      () => clock.now,
    ),
  };
}

describe('a token', () => {
  it('is 128 bits in hex, another one each time', () => {
    const { mint: one } = mint();
    const tokens = Array.from({ length: 100 }, () => one.mint('register', 'h1', MAC));
    for (const token of tokens) expect(Token.safeParse(token).success).toBe(true);
    expect(new Set(tokens).size).toBe(100);
  });
  it('is announced by its hash alone', () => {
    const { mint: one, announced } = mint(5);
    const token = one.mint('inventory', null, MAC);
    expect(announced).toEqual([
      {
        hash: sha256(token),
        purpose: 'inventory',
        hostId: null,
        mac: MAC,
        expiresAt: '2026-01-01T00:05:00.000Z',
      },
    ]);
    expect(JSON.stringify(announced)).not.toContain(token);
  });
});

describe('a kickstart token', () => {
  it('grants the kickstart of its host until it is late', () => {
    const { mint: one, clock } = mint(20);
    const token = one.mint('kickstart', 'h1', MAC);
    expect(one.kickstart(token)).toMatchObject({ hostId: 'h1', mac: MAC });
    clock.now += 20 * 60_000 - 1;
    expect(one.kickstart(token)).toMatchObject({ hostId: 'h1' });
    clock.now += 1;
    expect(one.kickstart(token)).toBeUndefined();
  });
  it('that was used is used up, and with it the others of its host', () => {
    const { mint: one } = mint();
    const [first, second] = [one.mint('kickstart', 'h1', MAC), one.mint('kickstart', 'h1', null)];
    const other = one.mint('kickstart', 'h2', MAC);
    expect(one.kickstart(second)).toMatchObject({ hostId: 'h1' }); // looking at it costs nothing
    one.useUp('h1');
    expect([first, second].map((token) => one.kickstart(token))).toEqual([undefined, undefined]);
    expect(one.kickstart(other)).toMatchObject({ hostId: 'h2' });
    expect(one.kickstart(one.mint('kickstart', 'h1', MAC))).toMatchObject({ hostId: 'h1' });
  });
  it.each(['register', 'inventory'] as const)('is not one for %s', (purpose) => {
    const { mint: one } = mint();
    expect(one.kickstart(one.mint(purpose, 'h1', MAC))).toBeUndefined();
  });
  it('needs a host, and must be the very one', () => {
    const { mint: one } = mint();
    expect(one.kickstart(one.mint('kickstart', null, MAC))).toBeUndefined();
    const token = one.mint('kickstart', 'h1', MAC);
    for (const wrong of ['', token.toUpperCase(), token.slice(1), `${token} `, sha256(token), '0'.repeat(32)])
      if (wrong !== token) expect(one.kickstart(wrong)).toBeUndefined();
  });
});
