import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fillLeases } from './fill-leases.ts';
import type { LauncherOptions } from './launcher.ts';
import { LEASE_SECONDS, SERVER, SUBNETS } from './plan.ts';
import type { BenchServer } from './servers.ts';

/** Off unless RACKHAND_BENCH_PROBE=1, since Kea's is off and dnsmasq is told to leave it. */
const PROBE = process.env.RACKHAND_BENCH_PROBE === '1';

/** Where bin/rackhand has Node keep what it has compiled. */
const COMPILED = join(import.meta.dirname, '../../../.cache/node');

/** Our server alone, as the dhcp role starts it, by launcher.ts. */
export const rackhand: BenchServer = {
  name: 'rackhand',
  probing: PROBE ? 'yes' : 'no',
  durability: 'an ACK leaves after a full sync',
  version: async () => `node ${process.versions.node}`,
  async prepare(folder, leases) {
    await mkdir(folder, { recursive: true });
    if (leases > 0) await fillLeases(folder, leases);
  },
  start(folder, link) {
    const options: LauncherOptions = {
      ...{ device: link.serverDevice, address: SERVER, folder },
      ...{ subnets: [...SUBNETS], leaseSeconds: LEASE_SECONDS, probe: PROBE },
    };
    const program = join(import.meta.dirname, 'launcher.ts');
    const node = [process.execPath, '--disable-warning=ExperimentalWarning'];
    return link.server.start(
      ['env', `NODE_COMPILE_CACHE=${COMPILED}`, ...node, program, JSON.stringify(options)],
      ['ignore', 'ignore', 'pipe'],
    );
  },
};
