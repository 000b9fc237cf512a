import { describe, expect, it } from 'vitest';
import type { Health, HealthState } from '../../../builder/contract/health.ts';
import type { ChannelLine, StartReport } from '../../../builder/contract/trial.ts';
import { judge, known, type Sight, sameTwice } from '../../../builder/trial/judge.ts';

const health = (state: HealthState): ChannelLine => ({
  kind: 'health',
  health: {
    ...{ schema: 1, image: 'i', host: 'h', at: '2026-01-01T00:00:00Z', state },
    checks: [{ name: 'kvm', state, message: '/dev/kvm' }],
  } satisfies Health,
});
const start: StartReport = {
  ...{ kind: 'start', clock: {}, identity: 'SHA256:a', state: '/dev/sda3', saved: true, steps: [] },
};
const sight = (changes: Partial<Sight> = {}): Sight => ({
  ...{ text: '', told: [], closed: false, seconds: 10, limit: 100 },
  ...changes,
});

describe('a machine that has to become healthy', () => {
  const seen = (changes: Partial<Sight>) => judge('healthy', sight(changes));
  it.each<[string, Partial<Sight>, boolean | undefined, string]>([
    ['says nothing yet', {}, undefined, ''],
    ['is well, and has not told how it started', { told: [health('ok')] }, undefined, ''],
    ['is well', { told: [health('ok'), start] }, true, 'healthy: 1 checks'],
    ['has a warning', { told: [health('warning'), start] }, true, 'kvm warning: /dev/kvm'],
    ['is not well', { told: [health('failed'), start] }, false, 'kvm failed: /dev/kvm'],
    [
      'has too little memory',
      { text: '[ 1.000000] rackhand: stopped [memory]: needs 2048 MiB\r\n' },
      false,
      'stopped [memory]: needs 2048 MiB',
    ],
    ['panics', { text: 'Kernel panic - not syncing: VFS\n' }, false, 'Kernel panic - not syncing: VFS'],
    ['switches itself off', { text: 'bye\n', closed: true }, false, 'it switched itself off; last: bye'],
    ['takes too long', { text: '\x1b[1mhm\x1b[0m\n', seconds: 101 }, false, 'not within 100 s; last: hm'],
    ['was silent', { seconds: 101 }, false, 'not within 100 s; last: nothing on the serial port'],
  ])('%s', (_, changes, passed, why) => {
    expect(seen(changes)).toEqual(passed === undefined ? undefined : { passed, why });
  });
});

describe('a changed kernel', () => {
  it('is refused by its signature', () => {
    const text = 'error: bad shim signature.\r\nerror: you need to load the kernel first.';
    expect(judge('kernel-refused', sight({ text }))).toEqual({
      passed: true,
      why: 'refused: bad shim signature',
    });
  });
  it.each(['[    0.000000] Linux version 6.1', '\n[    1.234567] x'])(
    'that runs is a failure: %j',
    (text) => {
      expect(judge('kernel-refused', sight({ text: `${text} bad shim signature` }))?.passed).toBe(false);
    },
  );
  it('that does nothing is one too', () => {
    expect(judge('kernel-refused', sight({ text: 'GRUB', seconds: 101 }))?.passed).toBe(false);
  });
});

describe('a changed image', () => {
  const stopped = (code: string) =>
    sight({ text: `[    9.000000] rackhand: stopped [${code}]: it is wrong\r\n` });
  it('is refused by its digest, and for no other reason', () => {
    const why = (code: string) => `stopped [${code}]: it is wrong`;
    expect(judge('image-refused', stopped('image-wrong'))).toEqual({ passed: true, why: why('image-wrong') });
    expect(judge('image-refused', stopped('image-gone'))).toEqual({ passed: false, why: why('image-gone') });
  });
  it('that starts is a failure', () => {
    expect(judge('image-refused', sight({ told: [health('ok')] }))?.passed).toBe(false);
  });
});

it('a host is known once it has registered', () => {
  const well = { passed: true, why: 'healthy: 1 checks' };
  for (const state of ['registering', 'probing', 'up']) expect(known(state, well)).toBe(well);
  expect(known('declared', well)).toEqual({
    ...{ passed: false, why: 'healthy, but the service knows it as declared' },
  });
  expect(known(undefined, well).passed).toBe(false);
});

describe('two starts of one stick', () => {
  it.each<[string, Partial<StartReport>, boolean]>([
    ['the same key', {}, true],
    ['another key', { identity: 'SHA256:b' }, false],
    ['no key', { identity: '' }, false],
    ['nothing that keeps it', { state: '' }, false],
  ])('%s', (_, second, passed) => {
    expect(sameTwice(start, { ...start, ...second }).passed).toBe(passed);
  });
  it('are no proof where it was not said to be saved before the plug was pulled', () => {
    expect(sameTwice({ ...start, saved: false }, start)).toEqual({
      passed: false,
      why: 'the same host, but it did not say that it was saved on /dev/sda3',
    });
  });
});
