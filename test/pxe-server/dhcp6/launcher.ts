import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { startDhcpThread } from '../../../pxe-server/dhcp/thread.ts';
import { Ipv6 } from '../../../pxe-server/dhcp6/schema.ts';
import { serverIdentifier } from '../../../pxe-server/dhcp6/server-id.ts';
import type { ThreadIpv6 } from '../../../pxe-server/roles/dhcp6-thread.ts';
import { openIpv6 } from '../../../pxe-server/sockets.ts';
import type { LauncherOptions6 } from './running-server.ts';

/** DHCPv6 and router advertisements alone, on devices of a namespace: events are lines of JSON. */
const { folder, interfaces } = JSON.parse(process.argv[2]!) as LauncherOptions6;
mkdirSync(folder, { recursive: true });
const say = (text: string) => process.stdout.write(`${text}\n`);
const settings: ThreadIpv6 = {
  leases: join(folder, 'leases6.log'),
  serverId: await serverIdentifier(join(folder, 'server-duid')),
  interfaces: interfaces.map(({ device: name, ipv6: given }) => {
    const ipv6 = given && Ipv6.parse(given);
    const { [`dhcp6-${name}`]: dhcpFd, [`routers-${name}`]: routersFd } = openIpv6({
      ...{ name, ipv6, servesIpv4: true, routerAdvertisement: 'auto' },
    });
    return { name, ipv6, dhcpFd, routersFd };
  }),
};
const server = await startDhcpThread(
  new URL('./launcher-thread.ts', import.meta.url),
  { folder, ipv6: settings },
  { onEvent: (event) => say(JSON.stringify(event)), log: pino({ level: 'warn' }, pino.destination(2)) },
);
process.on('SIGTERM', () => void server.stop().then(() => process.exit(0)));
say('ready');
