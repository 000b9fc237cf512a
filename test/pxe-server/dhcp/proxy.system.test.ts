import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Daemon } from '../../../builder/shared/process/daemon.ts';
import { lineOf } from '../net/namespaces.ts';
import { type Member, makeSegment, type Segment } from '../net/segment.ts';
import { startDnsmasq } from './dnsmasq.ts';
import { powerOn } from './machine.ts';

/** An emulated machine, on a machine that does other things too. */
const BOOT_MS = 8 * 60_000;
const MAC = '52:54:00:4c:02:00';
const SUBNET = '198.51.100.0/24';
const POOL = { from: '198.51.100.200', to: '198.51.100.210' };
const PROGRAM = join(import.meta.dirname, '../../../bin/rackhand');
/** Shows Kea a folder where the distribution's AppArmor profile lets it write. */
const KEA = join(import.meta.dirname, '../../bench/dhcp/kea.sh');

let folder: string;
let segment: Segment;
let ends: (() => Promise<unknown>)[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-proxy-'));
  ends = [() => rm(folder, { recursive: true, force: true })];
  await chmod(folder, 0o755);
  segment = await makeSegment(['198.51.100.1/24', '198.51.100.254/24', undefined]);
  ends.push(() => segment.remove());
});
afterEach(async () => {
  for (const end of ends.reverse()) await end();
});

/** The servers that sites have, with their own files of leases. */
const OTHERS: Record<string, (there: Member) => Promise<{ daemon: Daemon; leases: string }>> = {
  async dnsmasq(there) {
    const pool = `--dhcp-range=${POOL.from},${POOL.to},255.255.255.0,600`;
    return { daemon: startDnsmasq(there, folder, pool), leases: join(folder, 'dnsmasq.leases') };
  },
  async Kea({ where, device }) {
    const home = join(folder, 'kea');
    await mkdir(home);
    const leases = { type: 'memfile', persist: true, name: '/var/lib/kea/leases.csv' };
    const pools = [{ pool: `${POOL.from} - ${POOL.to}` }];
    const configuration = {
      ...{ 'interfaces-config': { interfaces: [device] }, 'lease-database': leases, 'valid-lifetime': 600 },
      subnet4: [{ id: 1, subnet: SUBNET, pools }],
    };
    await writeFile(join(home, 'kea-dhcp4.conf'), JSON.stringify({ Dhcp4: configuration }));
    const daemon = where.start([KEA, home, '/var/lib/kea'], ['ignore', 'ignore', 'ignore']);
    return { daemon, leases: join(home, 'leases.csv') };
  },
};

/** The service beside it, without an image: a machine that comes that far is told so by its script. */
async function serve({ where, device }: Member): Promise<void> {
  const catalog = join(folder, 'catalog');
  await mkdir(catalog);
  const given = { cidr: SUBNET };
  const interfaces = [{ name: device, address: '198.51.100.1', subnet: given, dhcp: 'proxy' }];
  const config = join(folder, 'rackhand.yaml');
  const settings = { state: join(folder, 'state'), images: { catalog }, provisioning: { interfaces } };
  await writeFile(config, stringify(settings));
  const service = where.start(['sh', '-c', `exec "$0" serve --config "$1" 2>&1`, PROGRAM, config]);
  ends.push(() => service.stop(10_000));
  await lineOf(service, (line) => line.includes('"msg":"ready"'));
}

interface EventRow {
  kind: string;
  message: string;
}

async function eventsOf({ where }: Member): Promise<EventRow[]> {
  const token = (await readFile(join(folder, 'state/control/api-token'), 'utf8')).trim();
  const url = 'http://127.0.0.1:8080/api/v1/events?limit=200';
  const { stdout } = await where.run(['curl', '-s', '-H', `Authorization: Bearer ${token}`, url]);
  return (JSON.parse(stdout) as { events: EventRow[] }).events;
}

describe.each(Object.keys(OTHERS))('beside a running %s that gives the addresses', (name) => {
  it.each([
    ['SeaBIOS with an iPXE ROM', 'bios'],
    ['OVMF', 'uefi'],
  ] as const)('%s comes to its script', { timeout: BOOT_MS }, async (_name, firmware) => {
    const [here, there, machine] = segment.members as [Member, Member, Member];
    const other = await OTHERS[name]!(there);
    ends.push(() => other.daemon.stop());
    await serve(here);
    const running = await powerOn(machine, firmware, MAC, folder);
    ends.push(() => running.stop());
    const kinds = async () => (await eventsOf(here)).map(({ kind }) => kind);
    await expect.poll(kinds, { timeout: BOOT_MS, interval: 1000 }).toContain('refused');
    const events = await eventsOf(here);
    expect(events.filter(({ kind }) => kind === 'refused').map(({ message }) => message)).toEqual([
      expect.stringMatching(/^198\.51\.100\.2\d\d: no image assigned/),
    ]);
    // The address is the other server's, and none of ours.
    expect(await readFile(other.leases, 'utf8')).toMatch(
      new RegExp(`198\\.51\\.100\\.2\\d\\d.*${MAC}|${MAC}.*198\\.51\\.100\\.2\\d\\d`),
    );
    expect(events.filter(({ kind }) => kind === 'lease')).toEqual([]);
  });
});
