import { mkdir, open, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { run } from '../../../builder/shared/process/run.ts';
import { ipv4Text } from '../../../pxe-server/net/ipv4.ts';
import { LEASE_SECONDS, plannedLeases, SUBNETS } from './plan.ts';
import type { BenchServer } from './servers.ts';

/** Where kea.sh shows it its folder: the one place that the distribution's AppArmor profile lets it write to. */
const HOME = '/var/lib/kea';
const LEASES = 'kea-leases4.csv';
/** Columns of Kea 2.2's memfile (src/lib/dhcpsrv/csv_lease_file4.h). */
const COLUMNS =
  'address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context';
/** Lines of one write. */
const CHUNK = 20_000;

/** The distribution's Kea: leases in memory and a file, with clean-up, and a thread for each core. */
export const kea: BenchServer = {
  name: 'kea',
  probing: 'no (its default)',
  durability: 'written, never synced',
  version: async () => `Kea ${(await run(['kea-dhcp4', '-v'], { need: NEED })).stdout.trim()}`,
  async prepare(folder, leases, link) {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'kea-dhcp4.conf'), JSON.stringify(configuration(link.serverDevice)));
    if (leases > 0) await fill(join(folder, LEASES), leases);
  },
  start: (folder, link) =>
    link.server.start([join(import.meta.dirname, 'kea.sh'), folder, HOME], ['ignore', 'ignore', 'pipe']),
};

const NEED = 'sh bin/setup.sh bench installs what the benches compare with';

function configuration(device: string) {
  return {
    Dhcp4: {
      // Relayed packets alone: its documentation calls plain sockets the faster kind for them.
      'interfaces-config': { interfaces: [device], 'dhcp-socket-type': 'udp' },
      'lease-database': { type: 'memfile', persist: true, name: `${HOME}/${LEASES}`, 'lfc-interval': 3600 },
      'multi-threading': { 'enable-multi-threading': true, 'thread-pool-size': availableParallelism() },
      'valid-lifetime': LEASE_SECONDS,
      authoritative: true,
      'option-data': [{ name: 'domain-name-servers', data: '192.0.2.53' }],
      subnet4: SUBNETS.map(({ cidr, range }, i) => ({
        id: i + 1,
        subnet: cidr,
        pools: [{ pool: `${range.from} - ${range.to}` }],
      })),
      loggers: [{ name: 'kea-dhcp4', severity: 'WARN', output_options: [{ output: 'stderr' }] }],
    },
  };
}

async function fill(path: string, leases: number): Promise<void> {
  const file = await open(path, 'w');
  let lines = [COLUMNS];
  for (const { address, mac, subnet, expires } of plannedLeases(leases)) {
    const valid = expires - Math.floor(Date.now() / 1000) + 60;
    lines.push(`${ipv4Text(address)},${mac},,${valid},${expires},${subnet + 1},0,0,,0,`);
    if (lines.length < CHUNK) continue;
    await file.write(`${lines.join('\n')}\n`);
    lines = [];
  }
  if (lines.length > 0) await file.write(`${lines.join('\n')}\n`);
  await file.close();
}
