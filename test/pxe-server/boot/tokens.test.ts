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
    const tokens = Array.from({ length: 100 }, (_, i) => one.mint('register', `h${i}`, MAC));
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

describe('a machine that asks again at once', () => {
  it.each(['register', 'inventory', 'kickstart'] as const)(
    'gets the same token for %s, told once, and its life stays what it was',
    (purpose) => {
      const { mint: one, announced, clock } = mint(20);
      const token = one.mint(purpose, 'h1', MAC);
      clock.now += 2 * 60_000 - 1;
      expect(one.mint(purpose, 'h1', MAC)).toBe(token);
      expect(announced.map(({ expiresAt }) => expiresAt)).toEqual(['2026-01-01T00:20:00.000Z']);
      if (purpose === 'kickstart') {
        clock.now = Date.parse(announced[0]!.expiresAt);
        expect(one.kickstart(token)).toBeUndefined();
      }
    },
  );
  it('gets another one once a tenth of its life is over: what is left must do for a boot', () => {
    const { mint: one, announced, clock } = mint(20);
    const token = one.mint('register', 'h1', MAC);
    clock.now += 2 * 60_000;
    expect(one.mint('register', 'h1', MAC)).not.toBe(token);
    expect(announced.map(({ expiresAt }) => expiresAt)).toEqual([
      '2026-01-01T00:20:00.000Z',
      '2026-01-01T00:22:00.000Z',
    ]);
  });
  it('gets another one for another purpose, host or MAC, and always when it names no MAC', () => {
    const { mint: one } = mint();
    const tokens = [
      one.mint('register', 'h1', MAC),
      one.mint('kickstart', 'h1', MAC),
      one.mint('register', 'h2', MAC),
      one.mint('inventory', null, MAC),
      one.mint('register', 'h1', '52:54:00:00:00:02'),
      one.mint('inventory', null, null),
      one.mint('inventory', null, null),
    ];
    expect(new Set(tokens).size).toBe(tokens.length);
  });
  it('gets another one after the token was claimed, whoever of the host claimed it', () => {
    const { mint: one } = mint();
    const claimed = one.mint('register', 'h1', MAC);
    const other = one.mint('register', 'h2', MAC);
    one.claimed([sha256(claimed)]);
    expect(one.mint('register', 'h1', MAC)).not.toBe(claimed);
    expect(one.mint('register', 'h2', MAC)).toBe(other);
  });
  it('gets another one after its kickstart was given', () => {
    const { mint: one } = mint();
    const token = one.mint('kickstart', 'h1', MAC);
    one.useUp('h1');
    const next = one.mint('kickstart', 'h1', MAC);
    expect(next).not.toBe(token);
    expect(one.kickstart(next)).toMatchObject({ hostId: 'h1' });
  });
  it('among tens of thousands of others costs no more memory than those of a while', () => {
    const { mint: one, announced } = mint();
    const first = one.mint('inventory', null, MAC);
    for (let i = 0; i < 12_000; i++) one.mint('inventory', null, `mac ${i}`);
    expect(one.mint('inventory', null, MAC)).not.toBe(first);
    expect(one.mint('inventory', null, 'mac 11999')).toBeDefined();
    expect(announced).toHaveLength(12_002);
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
  it('is as good in a process that starts anew, as long as it was, and no other is', () => {
    const { mint: one, announced, clock } = mint(20);
    const token = one.mint('kickstart', 'h1', MAC);
    const { mint: next, clock: later } = mint(20);
    next.restore(announced.map(({ purpose: _, ...grant }) => grant));
    expect(next.kickstart(token)).toMatchObject({ hostId: 'h1', mac: MAC });
    expect(next.kickstart('0'.repeat(32))).toBeUndefined();
    later.now = clock.now + 20 * 60_000;
    expect(next.kickstart(token)).toBeUndefined();
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
