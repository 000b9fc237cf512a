import { expect, it } from 'vitest';
import { traceEntry } from '../../../pxe-server/events/trace-entry.ts';

const given = { hostId: 'h1', mac: '52:54:00:00:00:01', message: 'host node1 boots image lab' };

it('a trace of a machine names its address', () => {
  const { hostId, mac } = given;
  const told = { hostId, mac, kind: 'script', severity: 'info' };
  expect(traceEntry({ ...given, kind: 'script', address: '192.0.2.9' })).toEqual({
    ...{ ...told, message: '192.0.2.9: host node1 boots image lab' },
  });
  expect(traceEntry({ ...given, kind: 'script', address: null })).toEqual({
    ...told,
    message: given.message,
  });
});
it.each([
  ['refused', 'warning'],
  ['warning', 'warning'],
  ['conflict', 'warning'],
  ['foreign-server', 'warning'],
  ['lease', 'info'],
  ['kickstart', 'info'],
  ['kickstart-again', 'notice'],
  ['unknown-token', 'warning'],
  ['late-use', 'warning'],
  ['second-use', 'error'],
  ['wrong-host', 'error'],
] as const)('%s is told as %s', (kind, severity) => {
  expect(traceEntry({ ...given, kind, address: null }).severity).toBe(severity);
});
