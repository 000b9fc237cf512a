import { describe, expect, it } from 'vitest';
import { type Attempt, append, placeOf, reachOf, thingOf } from '../../../pxe-server/trace/attempt.ts';
import type { Fact } from '../../../pxe-server/trace/entry.ts';
import {
  agent,
  discover,
  http,
  IMAGED,
  KERNELED,
  LEASED,
  LOADED,
  offer,
  REGISTERED,
  report,
  request,
  SCRIPTED,
  START,
  script,
  tftp,
  traceOf,
} from './steps.ts';

const SYSTEM = { client: 'system', xid: 77 } as const;
const AGAIN = discover({ xid: 99 });
const LOG: Fact = { layer: 'installer', step: 'log', message: 'x', severity: 3 };
const KICKSTART: Fact = { layer: 'installer', step: 'kickstart', message: 'fetches its kickstart' };
const DONE: Fact = { layer: 'installer', step: 'done', message: 'installed' };
type Steps = Parameters<typeof traceOf>;

describe('where a step belongs', () => {
  it.each<[string, Steps, number, Fact, 'new' | 'same' | 'none']>([
    ['firmware that asks first', [], 0, AGAIN, 'new'],
    ['an iPXE that asks first', [], 0, discover({ client: 'ipxe' }), 'new'],
    ['a system that asks for an address', [], 0, discover(SYSTEM), 'none'],
    ['a renewal', [], 0, request(SYSTEM), 'none'],
    ['an agent whose medium started it', [], 0, agent('ca'), 'new'],
    ['a heartbeat', [], 0, agent('heartbeat'), 'none'],
    ['an address that is looked for', [], 0, { layer: 'arp', step: 'asks', address: '', target: '' }, 'none'],
    ['firmware that asks again soon', LEASED, 9, AGAIN, 'same'],
    ['firmware after a loader that did not run', LOADED, 20, AGAIN, 'same'],
    ['firmware after a minute', LEASED, 90, AGAIN, 'new'],
    ['firmware that has been asking all the time', LEASED, 90, discover({ secs: 120 }), 'same'],
    ['the loader’s own question', LOADED, 5, discover({ client: 'ipxe', xid: 2 }), 'same'],
    ['firmware right behind the kernel', KERNELED, 12, AGAIN, 'new'],
    ['firmware behind its disk', [...LOADED, [6, script('local', 'not armed')]], 15, AGAIN, 'new'],
    [
      'a copy of the question that led to its disk',
      [...LOADED, [6, script('local', 'not armed')]],
      7,
      AGAIN,
      'same',
    ],
    ['the initramfs', KERNELED, 40, discover(SYSTEM), 'same'],
    ['a report after a long download', KERNELED, 7200, report('image-wrong', ''), 'same'],
    ['a system that has been silent for long', IMAGED, 7200, request(SYSTEM), 'none'],
    ['a line of syslog at an address that installs nothing', KERNELED, 40, LOG, 'none'],
    ['of a machine that nobody knows', [], 0, LOG, 'none'],
    ['of an installer', [...KERNELED, [60, KICKSTART]], 3600, LOG, 'same'],
    ['of a host that runs', REGISTERED, 40, LOG, 'none'],
    ['an installer’s report hours later', [...KERNELED, [60, KICKSTART]], 7200, DONE, 'same'],
    ['the first heartbeat', REGISTERED, 60, agent('heartbeat'), 'none'],
    ['the manager’s word right after', REGISTERED, 70, agent('up'), 'same'],
    ['a host’s renewal a day later', REGISTERED, 86_400, request(SYSTEM), 'none'],
    ['a host that boots again', REGISTERED, 86_400, AGAIN, 'new'],
  ])('%s', (_what, before, second, fact, place) => {
    expect(placeOf({ entries: traceOf(...before) }, fact, START + second * 1000)).toBe(place);
  });
});

it('how far a boot came', () => {
  const reaches = [
    [],
    LEASED.slice(0, 1),
    LEASED.slice(0, 2),
    LEASED,
    LOADED,
    SCRIPTED,
    KERNELED,
    IMAGED,
    REGISTERED,
  ];
  expect(reaches.map((steps) => reachOf(traceOf(...(steps as Steps))))).toEqual([
    ...['nothing', 'asked', 'offered', 'leased', 'loader', 'script', 'kernel', 'image', 'registered'],
  ]);
});

describe('what is kept', () => {
  const empty = (): Attempt => ({ key: 'h', mac: null, startedAt: START, entries: [], bytes: 0, left: 0 });
  const frame = (i: number, size = 400) => ({ link: 'ipv4' as const, bytes: String(i).padStart(size, 'A') });

  it('a step that repeats itself is one, with the number and the last time', () => {
    const attempt = empty();
    for (const [i, second] of [0, 5, 10].entries())
      append(attempt, { at: START + second * 1000, fact: agent('waits', { message: `${i * 0}` }) });
    expect(attempt.entries).toEqual([
      { at: START, fact: agent('waits', { message: '0' }), times: 3, until: START + 10_000 },
    ]);
  });
  it('a script that is asked for again and again, while the machine waits for its turn, is one', () => {
    const attempt = empty();
    const had = (bytes: number, seconds: number): Fact => ({
      ...{ layer: 'http', step: 'sent', what: 'script', path: '/boot/host.ipxe', bytes, seconds },
    });
    for (let i = 0; i < 900; i++) append(attempt, traceOf([i * 2, had(362, i / 1e6)])[0]!);
    append(attempt, traceOf([1800, had(966, 0.001)])[0]!);
    expect(attempt.entries.map(({ times }) => times)).toEqual([900, undefined]);
  });
  it('the same of GRUB by TFTP, whose questions are two steps', () => {
    const attempt = empty();
    const name = 'grub/grub.cfg-01-52:54:00:4c:02:00';
    for (let i = 0; i < 900; i++) {
      append(attempt, traceOf([i * 2, tftp('asked', name)])[0]!);
      append(attempt, traceOf([i * 2, tftp('sent', name, { bytes: 324, seconds: i / 1e6 })])[0]!);
    }
    expect(attempt.entries.map(({ times }) => times)).toEqual([900, 900]);
  });
  it('but start scripts of a loader that goes round are each their own', () => {
    const attempt = empty();
    for (let i = 0; i < 3; i++)
      append(
        attempt,
        traceOf([i, http('sent', 'script', '/boot/start.ipxe', { bytes: 500, seconds: i / 1e6 })])[0]!,
      );
    expect(attempt.entries.length).toBe(3);
  });
  it('of how far a download is, the newest word', () => {
    const moving = (bytes: number, path = '/a'): Fact => ({
      ...{ layer: 'http', step: 'moving', what: 'kernel', path, bytes, rate: bytes },
    });
    const told = empty();
    for (const [second, fact] of [
      [0, { layer: 'http', step: 'begun', what: 'kernel', path: '/a' }],
      [15, moving(100)],
      [20, moving(7, '/b')],
      [30, moving(200)],
      [45, moving(300)],
    ] as [number, Fact][])
      append(told, traceOf([second, fact])[0]!);
    expect(told.entries).toEqual(
      traceOf(
        [0, { layer: 'http', step: 'begun', what: 'kernel', path: '/a' }],
        [20, moving(7, '/b')],
        [45, moving(300)],
      ),
    );
    expect(told.left).toBe(0);
  });
  it('no more than 400 steps, 300 of them with their packets', () => {
    const attempt = empty();
    for (let i = 0; i < 1000; i++)
      append(attempt, { at: START + i, fact: discover({ xid: i }), frame: frame(i) });
    expect(attempt.entries).toHaveLength(400);
    expect(attempt.entries.filter((entry) => entry.frame)).toHaveLength(300);
    expect(attempt.left).toBe(700);
  });
  it('no more than 192 KiB of packets', () => {
    const attempt = empty();
    for (let i = 0; i < 300; i++)
      append(attempt, { at: START + i, fact: offer({ xid: i }), frame: frame(i, 2000) });
    expect(attempt.bytes).toBeLessThanOrEqual(192 * 1024);
    expect(attempt.entries).toHaveLength(300);
    expect(attempt.left).toBe(300 - attempt.entries.filter((entry) => entry.frame).length);
  });
});

it.each([
  ['snponly.efi', 'loader'],
  ['undionly.kpxe', 'loader'],
  ['grub/grub.cfg-01-52:54:00:00:00:01', 'script'],
  ['/boot/start.ipxe', 'script'],
  ['images/0123456789abcdef/vmlinuz', 'kernel'],
  ['/installers/el9/initramfs', 'initramfs'],
  [`/rootfs/${'a'.repeat(64)}`, 'image'],
  ['/kickstart/x', 'kickstart'],
  ['motd', 'other'],
])('%s is a %s', (name, thing) => {
  expect(thingOf(name)).toBe(thing);
});

it('of an installer’s lines the newest stay, and nothing else leaves for them', () => {
  const attempt: Attempt = { key: 'h1', mac: null, startedAt: START, entries: [], bytes: 0, left: 0 };
  append(attempt, { at: START, fact: KICKSTART });
  for (let i = 0; i < 1000; i++) {
    const fact: Fact = { layer: 'installer', step: 'log', message: `line ${i}`, severity: 6 };
    append(attempt, { at: START + i, fact });
  }
  append(attempt, { at: START + 2000, fact: DONE });
  expect(attempt.entries).toHaveLength(152);
  expect(attempt.left).toBe(850);
  const messages = attempt.entries.map(({ fact }) => (fact.layer === 'installer' ? fact.message : ''));
  expect([messages[0], messages[1], messages.at(-2), messages.at(-1)]).toEqual([
    ...['fetches its kickstart', 'line 850', 'line 999', 'installed'],
  ]);
});
