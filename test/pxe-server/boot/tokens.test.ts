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

const ASKER = { address: '192.0.2.9', shown: { macs: [MAC] } };

/** The kickstart is given. */
function use(one: Mint, token: string, registers = false) {
  const judged = one.ask(token, ASKER);
  if (judged.kind !== 'granted') throw new Error(`not granted: ${judged.kind}`);
  const tokens = one.installTokens(judged.grant);
  return { tokens, times: one.useUp(judged.grant, ASKER, tokens, registers) };
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
        expect(one.ask(token, ASKER)).toMatchObject({ kind: 'refused', code: 'late-use' });
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
  it('gets the same when it is known by its serial and names no MAC', () => {
    const { mint: one, announced } = mint();
    const tokens = Array.from({ length: 1000 }, () => one.mint('kickstart', 'h1', null));
    expect([new Set(tokens).size, announced.length]).toEqual([1, 1]);
    one.claimed([sha256(tokens[0]!)]);
    expect(one.mint('kickstart', 'h1', null)).not.toBe(tokens[0]);
  });
  it('gets another one for another purpose, host or MAC, and always when nothing is known of it', () => {
    const { mint: one } = mint();
    const tokens = [
      one.mint('register', 'h1', MAC),
      one.mint('kickstart', 'h1', MAC),
      one.mint('register', 'h2', MAC),
      one.mint('inventory', null, MAC),
      one.mint('register', 'h1', '52:54:00:00:00:02'),
      one.mint('register', 'h1', null),
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
    use(one, token);
    const next = one.mint('kickstart', 'h1', MAC);
    expect(next).not.toBe(token);
    expect(use(one, next).times).toBe(1);
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
  it('with its kickstart come tokens for the installation, told by their hashes', () => {
    const { mint: one, announced } = mint(20);
    const { tokens } = use(one, one.mint('kickstart', 'h1', MAC), true);
    const told = { hostId: 'h1', mac: MAC, expiresAt: '2026-01-01T12:00:00.000Z' };
    expect(announced.slice(1)).toEqual([
      { hash: sha256(tokens.report), purpose: 'install', ...told },
      { hash: sha256(tokens.register), purpose: 'installed', ...told },
    ]);
    for (const token of Object.values(tokens)) expect(Token.safeParse(token).success).toBe(true);
  });
  it('none to register with where the kickstart has none', () => {
    const { mint: one, announced } = mint();
    use(one, one.mint('kickstart', 'h1', MAC));
    expect(announced.map(({ purpose }) => purpose)).toEqual(['kickstart', 'install']);
  });
  it('again the same, and nothing is told anew', () => {
    const { mint: one, announced } = mint();
    const token = one.mint('kickstart', 'h1', MAC);
    const { tokens } = use(one, token, true);
    expect(use(one, token, true)).toEqual({ tokens, times: 2 });
    expect(announced).toHaveLength(3);
    one.began('h1');
    expect(one.ask(token, ASKER)).toMatchObject({ code: 'late-use' });
  });
  it('is as good in a process that starts anew, as long as it was, and no other is', () => {
    const { mint: one, announced, clock } = mint(20);
    const token = one.mint('kickstart', 'h1', MAC);
    const { mint: next, clock: later } = mint(20);
    next.restore(announced.map(({ purpose: _, ...grant }) => grant));
    const judged = next.ask(token, ASKER);
    expect(judged).toMatchObject({ kind: 'granted', grant: { hostId: 'h1', mac: MAC } });
    if (judged.kind === 'granted') next.giveBack(judged.grant);
    expect(next.ask('0'.repeat(32), ASKER)).toMatchObject({ code: 'unknown-token' });
    later.now = clock.now + 20 * 60_000;
    expect(next.ask(token, ASKER)).toMatchObject({ code: 'late-use' });
  });
  it.each(['register', 'inventory'] as const)('is not one for %s', (purpose) => {
    const { mint: one } = mint();
    expect(one.ask(one.mint(purpose, 'h1', MAC), ASKER)).toMatchObject({ code: 'unknown-token' });
  });
  it('needs a host, and must be the very one', () => {
    const { mint: one } = mint();
    expect(one.ask(one.mint('kickstart', null, MAC), ASKER)).toMatchObject({ code: 'unknown-token' });
    const token = one.mint('kickstart', 'h1', MAC);
    for (const wrong of ['', token.toUpperCase(), token.slice(1), `${token} `, sha256(token), '0'.repeat(32)])
      if (wrong !== token) expect(one.ask(wrong, ASKER)).toMatchObject({ code: 'unknown-token' });
  });
});
