import { RackhandError } from '../builder/shared/errors.ts';
import { type Configuration, dhcpMode } from './config/schema.ts';
import { servedSubnets } from './config/served-subnets.ts';
import { openEcho } from './net/echo.ts';
import { openPacket } from './net/packet-socket.ts';
import { accepts, closeFd, openTcpListener, openUdp } from './net/sockets.ts';

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
  const { interfaces, httpPort, httpsPort, tftpPort } = configuration.provisioning;
  try {
    sockets.control.api = apiFd === undefined ? openTcpListener(configuration.api) : handedDown(apiFd);
    for (const [i, { name: device, address }] of interfaces.entries()) {
      sockets.control[`https-${i}`] = openTcpListener({ device, address, port: httpsPort });
      sockets.boot[`http-${i}`] = openTcpListener({ device, address, port: httpPort });
      sockets.boot[`tftp-${i}`] = openUdp({ device, address, port: tftpPort });
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

function handedDown(fd: number): number {
  if (accepts(fd)) return fd;
  const mend = 'let the service manager listen, and name its descriptor: --api-fd 3';
  throw new RackhandError('api-fd-unusable', `descriptor ${fd} is no listening socket`, mend);
}

export function closeSockets(sockets: ServiceSockets): void {
  for (const fd of Object.values(sockets).flatMap((role) => Object.values(role as Record<string, number>)))
    closeFd(fd);
}
