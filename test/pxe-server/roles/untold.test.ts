import { expect, it } from 'vitest';
import { Untold } from '../../../pxe-server/roles/control/untold.ts';

it('first all hosts, then those that changed, each once', () => {
  const untold = new Untold();
  untold.host('a');
  expect(untold.next(5000)).toEqual({ kind: 'all' });
  expect(untold.next(5000)).toEqual({ kind: 'nothing' });
  for (const id of ['a', 'b', 'a']) untold.host(id);
  expect(untold.next(5000)).toEqual({ kind: 'changed', ids: ['a', 'b'] });
  expect(untold.next(5000)).toEqual({ kind: 'nothing' });
});
it('all of them when something else has changed, with which changes of hosts are told', () => {
  const untold = new Untold();
  untold.next(10);
  untold.host('a');
  untold.all();
  expect([untold.next(10), untold.next(10)]).toEqual([{ kind: 'all' }, { kind: 'nothing' }]);
});
it.each([
  ['few hosts: after a thousand changes', 10, 1000],
  ['many hosts: after as many changes as there are hosts', 5000, 5000],
])('what the launcher keeps does not grow without end: %s', (_what, hosts, changes) => {
  const untold = new Untold();
  untold.next(hosts);
  for (let i = 0; i < changes; i++) {
    untold.host('a');
    expect(untold.next(hosts).kind).toBe('changed');
  }
  untold.host('a');
  expect(untold.next(hosts)).toEqual({ kind: 'all' });
  untold.host('a');
  expect(untold.next(hosts).kind).toBe('changed');
});
