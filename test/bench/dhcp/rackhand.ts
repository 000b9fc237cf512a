import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fillLeases } from './fill-leases.ts';
import type { LauncherOptions } from './launcher.ts';
import { LEASE_SECONDS, SERVER, SUBNETS } from './plan.ts';
import type { BenchServer } from './servers.ts';

/** Our server alone, as the dhcp role starts it, by launcher.ts. */
export const rackhand: BenchServer = {
  name: 'rackhand',
  probing: 'no',
  durability: 'an ACK leaves after a full sync',
  version: async () => `node ${process.versions.node}`,
  async prepare(folder, leases) {
    await mkdir(folder, { recursive: true });
    if (leases > 0) await fillLeases(folder, leases);
  },
  start(folder, link) {
    const options: LauncherOptions = {
      ...{ device: link.serverDevice, address: SERVER, folder },
      ...{ subnets: [...SUBNETS], leaseSeconds: LEASE_SECONDS },
    };
    const program = join(import.meta.dirname, 'launcher.ts');
    return link.server.start(
      [process.execPath, '--disable-warning=ExperimentalWarning', program, JSON.stringify(options)],
      ['ignore', 'ignore', 'pipe'],
    );
  },
};
