import { describe, expect, it } from 'vitest';
import { HostState } from '../../../pxe-server/hosts/model.ts';
import { nextState, TRANSITIONS } from '../../../pxe-server/hosts/states.ts';

describe('states', () => {
  it('a first boot to up', () => {
    const signals = ['seen', 'booted', 'registered', 'probing', 'proved'] as const;
    expect(signals.reduce(nextState, 'declared' as HostState)).toBe('up');
  });
  it('an unknown machine to up', () => {
    const signals = ['seen', 'booted', 'inventoried', 'approved', 'registered', 'probing', 'proved'] as const;
    expect(signals.reduce(nextState, 'declared' as HostState)).toBe('up');
  });
  it('a live host boots again without help', () => {
    expect(
      (['booted', 'registered', 'probing', 'proved'] as const).reduce(nextState, 'up' as HostState),
    ).toBe('up');
    expect((['silent', 'heartbeat', 'proved'] as const).reduce(nextState, 'up' as HostState)).toBe('up');
  });
  it('only a proof leads to up, only a person out of frozen', () => {
    const into = (to: HostState) =>
      Object.entries(TRANSITIONS).flatMap(([from, row]) =>
        Object.entries(row)
          .filter(([, state]) => state === to)
          .map(([signal]) => `${from} ${signal}`),
      );
    expect(into('up')).toEqual(['probing proved']);
    expect(Object.keys(TRANSITIONS.frozen)).toEqual(['released']);
  });
  it('every state has a row', () => {
    expect(Object.keys(TRANSITIONS).sort()).toEqual([...HostState.options].sort());
  });
});
