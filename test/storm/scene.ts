import { type Link, makeLink } from '../pxe-server/net/namespaces.ts';

/** The machines' network, behind a router that relays their DHCP: giaddr, and where the first machine may be. */
export const RELAY = '10.66.0.1';
export const MACHINES = { cidr: '10.66.0.0/16', from: '10.66.1.0', to: '10.66.254.255' };
const ROUTER = '198.51.100.9';

/**
 * The service's namespace and one that is a router with any number of machines behind it. Every address of their
 * network is local there, so that a few sockets do for each machine to speak from an address of its own.
 */
export async function makeStormLink(): Promise<Link> {
  const link = await makeLink(`${ROUTER}/24`);
  await link.client.run(['ip', 'route', 'add', 'local', MACHINES.cidr, 'dev', 'lo']);
  await link.server.run(['ip', 'route', 'add', MACHINES.cidr, 'via', ROUTER]);
  return link;
}

/** Lets what the service sends through at this rate alone, "1gbit". */
export async function shape({ server, serverDevice }: Link, rate: string): Promise<void> {
  // Larger than the largest piece that a veth device is given at once, which tbf would cut.
  const bucket = ['rate', rate, 'burst', '256kb', 'limit', '3mb'];
  await server.run(['tc', 'qdisc', 'replace', 'dev', serverDevice, 'root', 'tbf', ...bucket]);
}
