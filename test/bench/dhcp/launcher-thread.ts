import { join } from 'node:path';
import { Subnet } from '../../../pxe-server/dhcp/schema.ts';
import { runDhcpThread } from '../../../pxe-server/dhcp/thread.ts';
import type { LauncherOptions } from './launcher.ts';

export interface LauncherSettings extends LauncherOptions {
  /** Of port 67. */
  fd: number;
}

runDhcpThread(({ fd, device, address, folder, subnets, leaseSeconds, probe }: LauncherSettings) => ({
  told: () => undefined,
  options: {
    sockets: [{ fd, interface: device, serverAddress: address }],
    // Tests let leases be shorter than a configuration may.
    subnets: subnets.map(({ cidr, range }) => ({
      ...Subnet.parse({ cidr, ranges: [range], dns: ['192.0.2.53'], probe }),
      leaseSeconds,
    })),
    leases: join(folder, 'leases.log'),
    knowsHosts: () => true,
    isKnown: () => true,
    decideBoot: () => ({ kind: 'none' }),
    reservations: { addressOf: () => undefined, clientOf: () => undefined },
  },
}));
