import { RackhandError } from '../builder/shared/errors.ts';
import { type Configuration, dhcpMode, type ProvisioningInterface } from './config/schema.ts';
import { servedSubnets } from './config/served-subnets.ts';
import { ROUTER_ADVERTISEMENT, ROUTER_SOLICITATION } from './dhcp6/advertisement.ts';
import { openEcho } from './net/echo.ts';
import { openPacket } from './net/packet-socket.ts';
import { accepts, closeFd, openIcmp6, openTcpListener, openUdp } from './net/sockets.ts';

/** Open descriptors by role and key. */
export interface ServiceSockets {
  control: Record<string, number>;
  boot: Record<string, number>;
  dhcp: Record<string, number>;
}

/**
 * Opens every socket of the service, or none: a refused one closes the others again.
 * @throws RackhandError api-fd-unusable, and as openUdp
 */
export function openSockets(configuration: Configuration, apiFd: number | undefined): ServiceSockets {
  const sockets: ServiceSockets = { control: {}, boot: {}, dhcp: {} };
  const { interfaces, httpPort, httpsPort, tftpPort, syslogPort, httpsBoot, nginx } =
    configuration.provisioning;
  try {
    sockets.control.api = apiFd === undefined ? openTcpListener(configuration.api) : handedDown(apiFd);
    for (const [i, { device, address }] of ownAddresses(interfaces).entries()) {
      sockets.control[`https-${i}`] = openTcpListener({ device, address, port: httpsPort });
      // nginx, which has the port then, asks from this machine: not by way of the interface.
      sockets.boot[`http-${i}`] = openTcpListener(
        nginx ? { address, port: nginx.port } : { device, address, port: httpPort },
      );
      if (httpsBoot) sockets.boot[`tls-${i}`] = openTcpListener({ device, address, port: httpsBoot.port });
      sockets.boot[`tftp-${i}`] = openUdp({ device, address, port: tftpPort });
      if (syslogPort === undefined) continue;
      sockets.boot[`syslog-${i}`] = openUdp({ device, address, port: syslogPort });
      sockets.boot[`syslog-tcp-${i}`] = openTcpListener({ device, address, port: syslogPort });
    }
    const served = interfaces.filter((one) => dhcpMode(one) !== 'off');
    for (const [i, { name: device, address, subnet }] of served.entries()) {
      // Broadcasts reach only a socket on the wildcard address; the device keeps it to its interface.
      sockets.dhcp[`dhcp-${i}`] = openUdp({ device, address: '0.0.0.0', port: 67, broadcast: true });
      sockets.dhcp[`proxy-${i}`] = openUdp({ device, address, port: 4011 });
      const probe = subnet!.probe && dhcpMode(served[i]!) === 'authoritative';
      openPackets(device, i, probe, sockets.dhcp);
    }
    const relayed = servedSubnets(configuration.provisioning).slice(served.length);
    if (relayed.some(({ probe, proxy }) => probe && !proxy)) sockets.dhcp.echo = openEcho();
    for (const one of interfaces) Object.assign(sockets.dhcp, openIpv6(ipv6Wanted(one)));
  } catch (error) {
    closeSockets(sockets);
    throw error;
  }
  return sockets;
}

/**
 * Below IP: to look at addresses before they are given, and for other DHCP servers. The second is left where it is not
 * permitted, to who has told not to do the first.
 */
function openPackets(device: string, i: number, probe: boolean, dhcp: Record<string, number>): void {
  try {
    if (probe) dhcp[`arp-${i}`] = openPacket(device, 'arp');
    dhcp[`answers-${i}`] = openPacket(device, 'dhcp-answers');
  } catch (error) {
    if (probe || !(error instanceof RackhandError) || error.code !== 'not-permitted') throw error;
  }
}

/** Our addresses on the provisioning interfaces, in the order of the http-N, tls-N, https-N and tftp-N sockets. */
export function ownAddresses(
  interfaces: readonly ProvisioningInterface[],
): { device: string; address: string }[] {
  return [
    ...interfaces.map(({ name, address }) => ({ device: name, address })),
    ...interfaces.flatMap(({ name, ipv6 }) => (ipv6 ? [{ device: name, address: ipv6.address }] : [])),
  ];
}

/** Where DHCPv6 servers are asked (RFC 8415 7.1), and routers (RFC 4291 2.7.1). */
const SERVERS = ['ff02::1:2', 'ff05::1:3'];
const ALL_NODES_AND_ROUTERS = ['ff02::1', 'ff02::2'];

export interface Ipv6Wanted {
  name: string;
  ipv6: object | undefined;
  /** Addresses are given by IPv4: where that is left to others, so is what there is of IPv6. */
  servesIpv4: boolean;
  routerAdvertisement: 'auto' | 'off';
}

export function ipv6Wanted(one: ProvisioningInterface): Ipv6Wanted {
  const { name, ipv6, routerAdvertisement } = one;
  return { name, ipv6, routerAdvertisement, servesIpv4: dhcpMode(one) === 'authoritative' };
}

/** dhcp6-NAME and routers-NAME, as the interface is configured. @throws RackhandError as openUdp */
export function openIpv6(wanted: Ipv6Wanted): Record<string, number> {
  const { name: device, ipv6, servesIpv4, routerAdvertisement } = wanted;
  const sockets: Record<string, number> = {};
  if (ipv6) sockets[`dhcp6-${device}`] = openUdp({ device, address: '::', port: 547, groups: SERVERS });
  if (routerAdvertisement === 'off' || (!ipv6 && !servesIpv4)) return sockets;
  try {
    const types = [ROUTER_SOLICITATION, ROUTER_ADVERTISEMENT];
    sockets[`routers-${device}`] = openIcmp6(device, types, ALL_NODES_AND_ROUTERS);
  } catch (error) {
    for (const fd of Object.values(sockets)) closeFd(fd);
    // Where nobody asked for IPv6 and the kernel has none, there is nobody to tell so either.
    if (ipv6 || !(error instanceof RackhandError)) throw error;
  }
  return sockets;
}

function handedDown(fd: number): number {
  if (accepts(fd)) return fd;
  const mend = 'let the service manager listen, and name its descriptor: --api-fd 3';
  throw new RackhandError('api-fd-unusable', `descriptor ${fd} is no listening socket`, mend);
}

export function closeSockets(sockets: ServiceSockets): void {
  for (const fd of Object.values(sockets).flatMap((role) => Object.values(role as Record<string, number>)))
    closeFd(fd);
}
