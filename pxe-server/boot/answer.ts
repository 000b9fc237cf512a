import type { BootAnswer, BootRequest } from '../dhcp/classify.ts';
import type { Replica } from '../roles/messages.ts';
import { decide } from './decide.ts';

/** Where the boot role listens on an interface, as machines there reach it. */
export interface BootEndpoint {
  address: string;
  httpPort: number;
}

/** http://ADDRESS[:PORT] */
export function baseUrl(endpoint: BootEndpoint): string {
  return `http://${endpoint.address}${endpoint.httpPort === 80 ? '' : `:${endpoint.httpPort}`}`;
}

/**
 * The boot file that DHCP names: nothing for machines that do not boot from the network, the start script
 * for iPXE, else the loader for the firmware. SeaBIOS with QEMU's ROM and undionly.kpxe send the same
 * request (user class iPXE), and both can fetch the script.
 */
export function answerBoot(replica: Replica, endpoint: BootEndpoint, request: BootRequest): BootAnswer {
  if (!request.isPxe && !request.isHttpBoot && !request.isIpxe) return { kind: 'none' };
  const decision = decide(replica, { mac: request.mac, uuid: request.uuid });
  if (decision.kind === 'ignore') return { kind: 'none' };
  const base = baseUrl(endpoint);
  if (request.isIpxe)
    return { kind: 'file', nextServer: endpoint.address, bootFile: `${base}/boot/start.ipxe` };
  switch (request.arch) {
    case 'bios':
      return { kind: 'file', nextServer: endpoint.address, bootFile: 'undionly.kpxe' };
    case 'uefi-x64':
      return { kind: 'file', nextServer: endpoint.address, bootFile: 'snponly.efi' };
    case 'uefi-http-x64':
      return { kind: 'file', nextServer: endpoint.address, bootFile: `${base}/boot/snponly.efi` };
    default:
      return { kind: 'none' };
  }
}
