import { describe, expect, it } from 'vitest';
import { HostState } from '../../../pxe-server/hosts/model.ts';
import { comparison, countStates, matcher, searchText } from '../../../pxe-server/ui/page/order.js';

const host = (name: string, change: object = {}) => ({
  ...{
    name,
    state: 'declared',
    arm: 'off',
    macs: [],
    managementAddress: null,
    stateSince: '2026-01-01T00:00:00Z',
  },
  ...change,
});
const sorted = (key: string, backwards: boolean, ...hosts: { name: string }[]) =>
  hosts.sort(comparison(key, backwards)).map((h) => h.name);

describe('comparison', () => {
  it.each([
    ['name', false, ['n1', 'n2', 'n10']],
    ['name', true, ['n10', 'n2', 'n1']],
    ['nothing known', false, ['n1', 'n2', 'n10']],
  ])('by %s, backwards %s: as people count', (key, backwards, expected) => {
    expect(sorted(key, backwards, host('n10'), host('n2'), host('n1'))).toEqual(expected);
  });
  it('by state: what needs a person first, those alike by name', () => {
    const states = [
      'up',
      'installed',
      'declared',
      'discovered',
      'installing',
      'booting',
      'registering',
      'probing',
      'pending',
      'lost',
      'failed',
      'frozen',
    ];
    expect([...states].sort()).toEqual([...HostState.options].sort());
    const hosts = states.map((state) => host(state, { state }));
    expect(sorted('state', false, ...hosts, host('a-frozen', { state: 'frozen' }))).toEqual([
      ...[
        'a-frozen',
        'frozen',
        'failed',
        'lost',
        'pending',
        'probing',
        'registering',
        'booting',
        'installing',
        'discovered',
      ],
      ...['declared', 'installed', 'up'],
    ]);
  });
  it('by age: what changed last first', () => {
    const at = (name: string, time: string) => host(name, { stateSince: `2026-01-01T00:00:0${time}Z` });
    expect(sorted('since', false, at('a', '1'), at('b', '3'), at('c', '2'))).toEqual(['b', 'c', 'a']);
  });
  it('by place: racks as people count, from the top unit down, those without a rack last', () => {
    const at = (name: string, rack?: string, unit?: number) => host(name, { rack, unit });
    expect(
      sorted(
        'rack',
        false,
        at('none'),
        at('a', 'r10', 1),
        at('b', 'r2', 1),
        at('c', 'r2', 40),
        at('d', 'r2'),
      ),
    ).toEqual(['c', 'b', 'd', 'a', 'none']);
  });
});

describe('matcher', () => {
  const one = host('node1', {
    ...{ state: 'up', rack: 'Hall-A', unit: 7, macs: ['52:54:00:ab:cd:ef'], managementAddress: '192.0.2.7' },
    ...{ serial: 'SN42', image: 'lab', arm: 'always' },
  });
  const fits = (filter: string, state: string | null = null) => matcher(filter, state)(one, searchText(one));
  it.each([
    ['', true],
    ['NODE', true],
    ['node2', false],
    ['up', true],
    ['hall-a u7', true],
    ['hall-a u8', false],
    ['52:54:00:AB:CD:EF', true],
    ['52-54-00-ab', true],
    ['5254.00ab.cdef', true],
    ['ab:cd', true],
    ['abcdef', true],
    ['52:54:00:ab:cd:ee', false],
    ['192.0.2', true],
    ['sn42', true],
    ['armed:always', true],
    ['  node1   up  ', true],
  ])('%j: %s', (filter, expected) => {
    expect(fits(filter)).toBe(expected);
  });
  it('a state counts as a whole', () => {
    expect([fits('', 'up'), fits('', 'u'), fits('node1', 'lost')]).toEqual([true, false, false]);
  });
  it('a host without a rack is not found by its words', () => {
    const bare = host('node1');
    expect(matcher('undefined', null)(bare, searchText(bare))).toBe(false);
  });
});

it('countStates: only those that occur, urgent ones first', () => {
  const hosts = ['up', 'failed', 'up', 'pending'].map((state, i) => host(`n${i}`, { state }));
  expect(countStates(hosts)).toEqual([
    ['failed', 1],
    ['pending', 1],
    ['up', 2],
  ]);
});
