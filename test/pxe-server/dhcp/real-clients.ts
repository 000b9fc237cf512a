import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Daemon } from '../../../builder/shared/process/daemon.ts';
import type { Link } from '../net/namespaces.ts';
import { startUdhcpc } from './udhcpc.ts';

/** A DHCP client as distributions ship it, in the client's namespace of a link. */
export interface RealClient {
  name: string;
  start(link: Link, folder: string): Promise<Daemon>;
}

const QUIET: ('ignore' | 'pipe')[] = ['ignore', 'pipe', 'ignore'];
const program = (name: string) => join(import.meta.dirname, name);

/** Seconds between its tries are few, since the link loses much. */
const DHCLIENT_CONF = `timeout 60;
retry 1;
initial-interval 1;
backoff-cutoff 2;
request subnet-mask, broadcast-address, routers, domain-name-servers;
`;

const dhclient: RealClient = {
  name: 'ISC dhclient',
  async start(link, folder) {
    const own = join(folder, 'dhclient');
    await mkdir(own, { recursive: true });
    await writeFile(join(own, 'dhclient.conf'), DHCLIENT_CONF);
    return link.client.start([program('run-dhclient.sh'), own, link.clientDevice], QUIET);
  },
};

const udhcpc: RealClient = { name: 'busybox udhcpc', start: async (link) => startUdhcpc(link) };

const networkd: RealClient = {
  name: 'systemd-networkd',
  async start(link, folder) {
    const own = join(folder, 'networkd');
    await mkdir(own, { recursive: true });
    const lines = [
      ...['[Match]', `Name=${link.clientDevice}`],
      ...['[Network]', 'DHCP=ipv4', 'LinkLocalAddressing=no', 'IPv6AcceptRA=no'],
    ];
    await writeFile(join(own, '10-test.network'), `${lines.join('\n')}\n`);
    return link.client.start([program('run-networkd.sh'), own], QUIET);
  },
};

export const realClients: readonly RealClient[] = [dhclient, udhcpc, networkd];
