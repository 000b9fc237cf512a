import { join } from 'node:path';
import { Subnet } from '../../../pxe-server/dhcp/schema.ts';
import { runDhcpThread } from '../../../pxe-server/dhcp/thread.ts';
import { ipv4Number } from '../../../pxe-server/net/ipv4.ts';
import type { LauncherOptions } from './running-server.ts';

export interface LauncherSettings extends LauncherOptions {
  /** Of ports 67 and 4011. */
  fds: [number, number];
  arpFd?: number;
  answersFd?: number;
  echoFd?: number;
}

runDhcpThread((settings: LauncherSettings) => {
  const { fds, device, address, folder, range, relayed, reserved = {} } = settings;
  const { arpFd, answersFd, echoFd } = settings;
  const addresses = new Map(Object.entries(reserved).map(([mac, text]) => [mac, ipv4Number(text)]));
  const clients = new Map([...addresses].map(([mac, number]) => [number, mac]));
  return {
    told: () => undefined,
    options: {
      sockets: [
        { fd: fds[0], interface: device, serverAddress: address, arpFd, answersFd },
        { fd: fds[1], interface: device, serverAddress: address, port: 4011 },
      ],
      subnets: [
        Subnet.parse({ cidr: '198.51.100.0/24', ranges: [range], dns: ['192.0.2.53'], leaseSeconds: 3600 }),
        ...(relayed
          ? [Subnet.parse({ cidr: relayed.cidr, ranges: [{ from: relayed.from, to: relayed.to }] })]
          : []),
      ],
      echoFd,
      leases: join(folder, 'leases.log'),
      knowsHosts: () => true,
      isKnown: () => true,
      decideBoot: (request) =>
        request.isPxe ? { kind: 'file', nextServer: address, bootFile: 'snponly.efi' } : { kind: 'none' },
      reservations: { addressOf: (mac) => addresses.get(mac), clientOf: (number) => clients.get(number) },
    },
  };
});
