import { expect, it } from 'vitest';
import type { Lease } from '../../../../pxe-server/dhcp/leases/lease.ts';
import { verdict } from '../../../../pxe-server/dhcp/probing/verdict.ts';

const NOW = 10_000_000;
const [A, B] = ['52:54:00:00:00:0a', '52:54:00:00:00:0b'];
const lease = (state: Lease['state'], seconds: number, client: string = A): Lease => ({
  ...{ address: 100, client, state },
  expires: NOW + seconds * 1000,
});
const elsewhere = (seconds: number): Lease => ({ ...lease('bound', seconds), address: 101 });

it.each<[string, Lease | undefined, string | undefined, string, Partial<Parameters<typeof verdict>[0]>?]>([
  ['nobody was ever given it', undefined, A, 'conflict'],
  ['nobody was ever given it, behind a router', undefined, undefined, 'conflict'],
  ['it is promised to a machine', undefined, A, 'nothing', { reserved: true }],
  ['the holder', lease('bound', 60), A, 'nothing'],
  ['another MAC where a lease runs: the holder may have several', lease('bound', 60), B, 'nothing'],
  ['somebody where a lease runs, behind a router', lease('bound', 60), undefined, 'nothing'],
  ['who was offered it', lease('offered', 60), A, 'nothing'],
  ['another than who was offered it', lease('offered', 60), B, 'conflict'],
  ['somebody, offered to a client without a MAC', lease('offered', 60, 'id:ff01'), B, 'nothing'],
  ['who had it, after its lease', lease('bound', -60), A, 'keep'],
  ['who released it', lease('released', 0), A, 'keep'],
  ['who did not take the offer, or whose ACK was lost', lease('offered', -60), A, 'keep'],
  ['somebody where a lease has ended, behind a router', lease('bound', -60), undefined, 'keep'],
  ['another where a lease has ended', lease('bound', -60), B, 'conflict'],
  ['another where a lease was released', lease('released', 0), B, 'conflict'],
  ['who had it, and has another address now', lease('bound', -60), A, 'conflict', { current: elsewhere(60) }],
  [
    'who had it, and another one since that has ended too',
    lease('bound', -60),
    A,
    'keep',
    { current: elsewhere(-1) },
  ],
  ['who is known to be there', lease('declined', 300, B), B, 'nothing'],
  ['who is still there when the quarantine ends', lease('declined', 30, B), B, 'conflict'],
  ['who is still there after it', lease('declined', -30, B), B, 'conflict'],
  ['who is still there after it, behind a router', lease('declined', -30, B), undefined, 'conflict'],
])('%s', (_who, given, by, expected, more) => {
  expect(verdict({ by, lease: given, current: given, reserved: false, now: NOW, ...more })).toBe(expected);
});
