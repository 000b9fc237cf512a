import { beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../../builder/shared/ids.ts';
import {
  type Asker,
  type KickstartGrant,
  KickstartGrants,
} from '../../../pxe-server/boot/kickstart-grants.ts';

const MAC = '52:54:00:00:00:01';
const MINUTE = 60_000;
const OWN: Asker = { address: '192.0.2.9', shown: { macs: [MAC], serial: 'cz1' } };
const OTHER: Asker = { ...OWN, address: '192.0.2.66' };
const TOKENS = { report: 'r', register: 'g' };

let clock: { now: number };
let grants: KickstartGrants;
beforeEach(() => {
  clock = { now: Date.parse('2026-01-01T00:00:00Z') };
  grants = new KickstartGrants(() => clock.now);
  add('a');
});

function add(token: string, hostId = 'h1', minutes = 20) {
  grants.add(sha256(token), { hostId, mac: MAC, expiresAt: clock.now + minutes * MINUTE });
}
function granted(token: string, asker = OWN): KickstartGrant {
  const judged = grants.ask(token, asker);
  if (judged.kind !== 'granted') throw new Error(`${judged.kind}: ${JSON.stringify(judged)}`);
  return judged.grant;
}
const give = (token: string, asker = OWN) => grants.give(granted(token, asker), asker, TOKENS);
const refused = (token: string, asker = OWN) => {
  const judged = grants.ask(token, asker);
  return judged.kind === 'refused' ? `${judged.code} ${judged.hostId}: ${judged.why}` : judged.kind;
};

describe('a token that was not used', () => {
  it('is good for anybody until its time', () => {
    clock.now += 20 * MINUTE - 1;
    grants.giveBack(granted('a', OTHER));
    expect(granted('a')).toMatchObject({ hostId: 'h1', mac: MAC });
  });
  it('is late then, and for a day it is said of which host', () => {
    clock.now += 25 * MINUTE;
    expect(refused('a')).toBe('late-use h1: the token was good until 5 min ago');
    clock.now += 23 * 60 * MINUTE;
    add('b', 'h2');
    expect(refused('a')).toMatch(/^late-use h1/);
    clock.now += 60 * MINUTE;
    add('c', 'h2');
    expect(refused('a')).toMatch(/^unknown-token null/);
  });
  it.each(['', 'b', 'A', sha256('a')])('is another one than %j', (token) =>
    expect(refused(token)).toBe('unknown-token null: no token of this server, or from before its last start'),
  );
  it('is nobody else’s while its kickstart is made', () => {
    const grant = granted('a');
    expect([refused('a'), refused('a', OTHER)]).toEqual(['busy', 'busy']);
    grants.giveBack(grant);
    expect(granted('a', OTHER)).toBe(grant);
  });
});

describe('a token that was used', () => {
  it('is good again for the same machine, some times and some minutes', () => {
    expect([give('a'), give('a'), give('a')]).toEqual([1, 2, 3]);
    clock.now += 5 * MINUTE;
    expect(give('a')).toBe(4);
    clock.now += 1;
    expect(refused('a')).toBe('late-use h1: it got the kickstart 5 min ago');
  });
  it('keeps what it gave the first time', () => {
    give('a');
    expect(granted('a').given).toMatchObject({ tokens: TOKENS, to: OWN });
  });
  it('is good beyond its own end, for those minutes', () => {
    clock.now += 19 * MINUTE;
    give('a');
    clock.now += 3 * MINUTE;
    expect(give('a')).toBe(2);
  });
  it('not for ever', () => {
    for (let n = 1; n <= 6; n++) expect(give('a')).toBe(n);
    expect(refused('a')).toBe('late-use h1: it got the kickstart 6 times');
  });
  it('no more once the installer has begun', () => {
    give('a');
    grants.began('h2');
    grants.giveBack(granted('a'));
    grants.began('h1');
    clock.now += 30_000;
    expect(refused('a')).toBe('late-use h1: it got the kickstart 30 s ago, and its installer has begun');
  });
  it.each<[string, Asker]>([
    ['another address', OTHER],
    ['other cards', { ...OWN, shown: { macs: ['52:54:00:00:00:99'], serial: 'cz1' } }],
    ['another serial', { ...OWN, shown: { macs: [MAC], serial: 'cz9' } }],
    ['nothing to show', { ...OWN, shown: { macs: [] } }],
  ])('never for a second machine: %s', (_what, asker) => {
    give('a');
    clock.now += 10_000;
    expect(refused('a', asker)).toBe('second-use h1: 192.0.2.9 got the kickstart 10 s ago');
    expect(give('a')).toBe(2);
    clock.now += 60 * MINUTE;
    expect(refused('a', asker)).toMatch(/^second-use h1/);
  });
  it('takes the other tokens of its host with it, and those of no other', () => {
    add('b');
    add('x', 'h2');
    give('a');
    expect(refused('b')).toBe('late-use h1: it got the kickstart 0 s ago by another token');
    expect(refused('b', OTHER)).toMatch(/^second-use h1/);
    expect(give('x', OTHER)).toBe(1);
  });
  it('leaves those alone that are made for the next installation', () => {
    give('a');
    add('b');
    expect(give('b', OTHER)).toBe(1);
  });
});

it('of more good ones than any hall has machines the oldest go: anybody may ask for them', () => {
  for (let i = 0; i < 60_000; i++) add(`good ${i}`, `g${i}`);
  expect(refused('good 0')).toMatch(/^unknown-token/);
  expect(granted('good 59999', OTHER)).toMatchObject({ hostId: 'g59999' });
});

it('of ten thousand tokens what is over goes first, and nothing that is good', () => {
  give('a');
  for (let i = 0; i < 9_999; i++) add(`late ${i}`, `h${i + 2}`, 1);
  clock.now += 6 * MINUTE;
  for (let i = 0; i < 10_001; i++) add(`good ${i}`, `g${i}`);
  expect(refused('late 5')).toMatch(/^unknown-token/);
  expect(refused('a')).toMatch(/^unknown-token/);
  for (const i of [0, 5000, 10_000]) expect(granted(`good ${i}`, OTHER)).toMatchObject({ hostId: `g${i}` });
});
