import { describe, expect, it } from 'vitest';
import { HostState } from '../../../pxe-server/hosts/model.ts';
import { type HostSignal, nextState, TRANSITIONS } from '../../../pxe-server/hosts/states.ts';

const life = (start: HostState, ...signals: HostSignal[]) => signals.reduce(nextState, start);
/** Every "state signal" that leads into a state. */
const into = (to: HostState) =>
  Object.entries(TRANSITIONS).flatMap(([from, row]) =>
    Object.entries(row)
      .filter(([, state]) => state === to)
      .map(([signal]) => `${from} ${signal}`),
  );

describe('a life', () => {
  it.each<[string, HostState, HostSignal[], HostState]>([
    ['a first boot', 'declared', ['seen', 'booted', 'registered', 'probing', 'proved'], 'up'],
    ['an unknown machine', 'pending', ['seen', 'booted', 'seen'], 'pending'],
    ['the same, approved', 'pending', ['approved', 'registered', 'probing', 'proved'], 'up'],
    ['approved while it registers', 'pending', ['registered', 'approved', 'probing', 'proved'], 'up'],
    ['a live host boots again, quickly', 'up', ['booted', 'registered', 'probing', 'proved'], 'up'],
    ['slowly', 'up', ['silent', 'booted', 'registered', 'probing', 'proved'], 'up'],
    ['its silence begins with its boot', 'up', ['booted', 'rebooted', 'registered', 'probing'], 'probing'],
    ['silence that ends', 'up', ['silent', 'heartbeat', 'proved'], 'up'],
    ['silence, a script that others asked for', 'up', ['silent', 'booted', 'heartbeat', 'proved'], 'up'],
    ['a boot that leads nowhere', 'declared', ['booted', 'overdue'], 'failed'],
    ['a boot that its initramfs ends', 'declared', ['booted', 'halted'], 'failed'],
    ['the same machine, with more memory', 'failed', ['booted', 'registered', 'probing'], 'probing'],
    ['the same machine, later', 'failed', ['registered', 'probing', 'proved'], 'up'],
    ['an installation', 'declared', ['booted', 'installing'], 'installing'],
    ['it takes hours', 'installing', ['seen', 'overdue', 'silent'], 'installing'],
    ['installed, and nobody said so', 'installing', ['seen', 'local'], 'discovered'],
    ['installed', 'installing', ['seen', 'installed', 'local', 'seen'], 'installed'],
    ['installed, and then its agent', 'installing', ['installed', 'registered', 'probing'], 'probing'],
    ['installed, but for the last steps', 'installing', ['installed', 'install-failed'], 'failed'],
    ['an installation that fails', 'installing', ['install-failed', 'local'], 'failed'],
    ['one that a person helped', 'installing', ['install-failed', 'installed'], 'installed'],
    ['one that installs nothing', 'installing', ['install-ended'], 'discovered'],
    ['a report of an installation that is long over', 'up', ['install-failed', 'installed'], 'up'],
    ['installed once more', 'installed', ['booted', 'installing', 'installed'], 'installed'],
    ['installed, with an agent', 'installing', ['registered', 'probing', 'proved'], 'up'],
    ['installed again', 'discovered', ['booted', 'installing'], 'installing'],
    ['a waiting machine that two claim', 'pending', ['contested', 'returned'], 'pending'],
  ])('%s', (_name, start, signals, end) => {
    expect(life(start, ...signals)).toBe(end);
  });
});

it('what needs no token moves no host that has registered', () => {
  for (const state of ['registering', 'probing', 'up'] as const)
    for (const signal of [
      ...['seen', 'booted', 'installing', 'local', 'installed', 'install-failed', 'install-ended'],
    ] as HostSignal[])
      expect(nextState(state, signal)).toBe(state);
});
it('nor a machine that nobody approved', () => {
  expect(Object.keys(TRANSITIONS.pending).sort()).toEqual(['approved', 'contested', 'registered']);
});
it('only a proof leads to up, only a person out of frozen', () => {
  expect(into('up')).toEqual(['probing proved']);
  expect(Object.keys(TRANSITIONS.frozen).sort()).toEqual(['released', 'returned']);
});
it('nothing leads to pending but a person who looked', () => {
  expect(into('pending')).toEqual(['frozen returned']);
});
it('every state has a row', () => {
  expect(Object.keys(TRANSITIONS).sort()).toEqual([...HostState.options].sort());
});
