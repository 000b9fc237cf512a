import { join } from 'node:path';
import { runDhcpThread } from '../../../pxe-server/dhcp/thread.ts';
import { startIpv6, type ThreadIpv6 } from '../../../pxe-server/roles/dhcp6-thread.ts';
import { replica } from '../replica-fixture.ts';

const NONE = { addressOf: () => undefined, macOf: () => undefined };

/** Decides by a fixed replica; nothing is served by IPv4. */
runDhcpThread(({ folder, ipv6 }: { folder: string; ipv6: ThreadIpv6 }) => ({
  told: () => undefined,
  beside: (reactor, report) =>
    startIpv6(ipv6, reactor, { ...report, httpPort: 80, replica, reservations: NONE }),
  options: {
    ...{ sockets: [], subnets: [], leases: join(folder, 'leases.log') },
    knowsHosts: () => true,
    decideBoot: () => ({ kind: 'none' }),
    isKnown: () => false,
    reservations: { addressOf: () => undefined, clientOf: () => undefined },
  },
}));
