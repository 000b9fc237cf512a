import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Daemon } from '../../../builder/shared/process/daemon.ts';
import { type Member, makeSegment, type Segment } from '../net/segment.ts';
import { startDnsmasq } from './dnsmasq.ts';
import { macOf } from './packets.ts';
import { startTelling, type TellingServer } from './short-leases.ts';
import { askOnce, type ClientPlace } from './udhcpc.ts';

const OURS = '198.51.100.1';
const THEIRS = '198.51.100.2';

let segment: Segment;
let folder: string;
let server: TellingServer;
let neighbour: Daemon;
let link: ClientPlace;
beforeAll(async () => {
  segment = await makeSegment([`${OURS}/24`, `${THEIRS}/24`, undefined]);
  folder = await mkdtemp(join(tmpdir(), 'rackhand-neighbour-'));
  const [own, other, client] = segment.members as [Member, Member, Member];
  link = { client: client.where, clientDevice: client.device };
  server = await startTelling(own.where, {
    ...{ device: own.device, address: OURS, folder, leaseSeconds: 3600, probe: true },
    // Two addresses: an offer that was kept for a client of the neighbour would be missed.
    subnets: [{ cidr: '198.51.100.0/24', range: { from: '198.51.100.100', to: '198.51.100.101' } }],
  });
  neighbour = startDnsmasq(other, folder, '--dhcp-range=198.51.100.150,198.51.100.160,1h');
});
afterAll(async () => {
  await neighbour?.stop();
  await server?.stop();
  await segment?.remove();
  await rm(folder, { recursive: true, force: true });
});

describe('beside dnsmasq on one segment', () => {
  it('eight machines have an address each, of whichever server they chose, and start again without a NAK', async () => {
    const machines = Array.from({ length: 8 }, (_, i) => macOf(i + 1));
    const given: (string | undefined)[] = [];
    for (const mac of machines) given.push(await askOnce(link, mac, 10, '.*'));
    expect(given).not.toContain(undefined);
    expect(new Set(given).size).toBe(8);
    const ours = given.filter((address) => /\.10[01]$/.test(address!));
    const theirs = given.filter((address) => /\.1[56]\d$/.test(address!));
    expect(ours.length + theirs.length).toBe(8);
    const told = (kind: string) => server.events.filter((event) => event.kind === kind);
    expect(new Set(told('ack').map(({ address }) => address))).toEqual(new Set(ours));
    // Each was offered an address of ours; what it did not take is free for the next.
    expect(told('offer').length).toBeGreaterThan(0);
    if (ours.length < 2) expect(told('refused')).toEqual([]);
    for (const mac of machines) expect(await askOnce(link, mac, 10, '.*')).toBeDefined();
    expect(told('nak')).toEqual([]);
  });
});
