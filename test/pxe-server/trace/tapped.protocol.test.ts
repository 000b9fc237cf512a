import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Daemon } from '../../../builder/shared/process/daemon.ts';
import type { Tapped } from '../../../pxe-server/dhcp/tap.ts';
import { diagnose } from '../../../pxe-server/diagnose/diagnose.ts';
import { type Attempt, append } from '../../../pxe-server/trace/attempt.ts';
import { dhcpStep } from '../../../pxe-server/trace/dhcp-steps.ts';
import { startDnsmasq } from '../dhcp/dnsmasq.ts';
import { type RunningServer, startServer } from '../dhcp/running-server.ts';
import { askOnce } from '../dhcp/udhcpc.ts';
import type { Link } from '../net/namespaces.ts';
import { type Member, makeSegment, type Segment } from '../net/segment.ts';
import { factsAt, START } from './steps.ts';

const OURS = '198.51.100.1';
const THEIRS = '198.51.100.2';
const [FIRMWARE, SYSTEM] = ['52:54:00:00:00:01', '52:54:00:00:00:02'];
const PXE = ['-V', 'PXEClient:Arch:00007:UNDI:003000'];

let segment: Segment;
let folder: string;
let server: RunningServer;
let neighbour: Daemon;
let client: Member;
beforeAll(async () => {
  segment = await makeSegment([`${OURS}/24`, `${THEIRS}/24`, undefined]);
  folder = await mkdtemp(join(tmpdir(), 'rackhand-tapped-'));
  const [own, other, last] = segment.members as [Member, Member, Member];
  client = last;
  const link = { server: own.where, serverDevice: own.device, serverAddress: OURS } as Link;
  server = await startServer(link, {
    ...{ folder, tap: true, watch: true },
    range: { from: '198.51.100.100', to: '198.51.100.120' },
  });
  // Its answers are broadcast, as to firmware that asks for that: on a switch others hear no more of it.
  neighbour = startDnsmasq(
    other,
    folder,
    '--dhcp-broadcast',
    '--dhcp-range=198.51.100.150,198.51.100.160,1h',
    '--dhcp-boot=pxelinux.0',
  );
});
afterAll(async () => {
  await neighbour?.stop();
  await server?.stop();
  await segment?.remove();
  await rm(folder, { recursive: true, force: true });
});

it('of a machine that boots: its questions, our answers, those of dnsmasq, what it looks for; of others nothing', async () => {
  const place = { client: client.where, clientDevice: client.device };
  expect(await askOnce(place, SYSTEM, 10, '.*')).toBeDefined();
  expect(await askOnce(place, FIRMWARE, 10, '.*', PXE)).toBeDefined();
  const of = (what: Tapped['what']) => server.tapped.filter((one) => one.what === what);
  await expect.poll(() => of('overheard').length, { timeout: 20_000 }).toBeGreaterThan(0);
  expect(new Set(server.tapped.map(({ mac }) => mac))).toEqual(new Set([FIRMWARE]));

  const attempt: Attempt = { key: 'h', mac: FIRMWARE, startedAt: START, entries: [], bytes: 0, left: 0 };
  for (const one of server.tapped) append(attempt, dhcpStep(one)!);
  const dhcp = attempt.entries.flatMap(({ fact }) => (fact.layer === 'dhcp' ? [fact] : []));
  expect(dhcp).toContainEqual(
    expect.objectContaining({ by: 'machine', type: 'discover', client: 'firmware' }),
  );
  expect(dhcp).toContainEqual(expect.objectContaining({ by: 'us', type: 'offer', bootFile: 'snponly.efi' }));
  expect(dhcp).toContainEqual(
    expect.objectContaining({ by: 'other', server: THEIRS, bootFile: 'pxelinux.0' }),
  );
  const [found] = diagnose(attempt.entries, factsAt(0, { ours: [OURS], now: attempt.entries.at(-1)!.at }));
  expect(found).toMatchObject({ kind: 'foreign-dhcp-server', what: expect.stringContaining(THEIRS) });
});
