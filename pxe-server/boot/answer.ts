import type { Architecture } from '../../builder/contract/architecture.ts';
import {
  architectureText,
  type BootAnswer,
  type BootAsk,
  type ClientArchitecture,
} from '../dhcp/classify.ts';
import { urlHost } from '../net/ipv6.ts';
import type { Replica } from '../roles/messages.ts';
import { type Decision, decide } from './decide.ts';

/** Where the boot role listens on an interface, as machines there reach it. */
export interface BootEndpoint {
  /** IPv4 or IPv6. */
  address: string;
  httpPort: number;
  /** The port is one of HTTP over TLS. */
  secure?: boolean;
}

/** http://ADDRESS[:PORT], or https */
export function baseUrl({ address, httpPort, secure }: BootEndpoint): string {
  const [scheme, usual] = secure ? ['https', 443] : ['http', 80];
  return `${scheme}://${urlHost(address)}${httpPort === usual ? '' : `:${httpPort}`}`;
}

/** https://ADDRESS:PORT of the agents' endpoint */
export function agentsUrl({ address }: BootEndpoint, httpsPort: number): string {
  return `https://${urlHost(address)}:${httpsPort}`;
}

/**
 * The boot file that DHCP names: nothing for machines that do not boot from the network, the start script
 * for iPXE, else the loader for the firmware. SeaBIOS with QEMU's ROM and undionly.kpxe send the same
 * request (user class iPXE), and both can fetch the script. Under Secure Boot it is shim, which fetches
 * GRUB from beside it. A machine is given nothing of an image for machines of another architecture. Pure.
 */
export function answerBoot(replica: Replica, endpoint: BootEndpoint, request: BootAsk): BootAnswer {
  if (!request.isPxe && !request.isHttpBoot && !request.isIpxe) return { kind: 'none' };
  const decision = decide(replica, { mac: request.mac, uuid: request.uuid });
  if (decision.kind === 'ignore' && !mayBeKnownBySerial(replica)) return { kind: 'none' };
  const foreign = foreignImage(request, decision);
  if (foreign !== undefined) return { kind: 'none', why: foreign };
  const base = baseUrl(endpoint);
  const file = (bootFile: string) => ({ kind: 'file', nextServer: endpoint.address, bootFile }) as const;
  const loader = (bootFile: string): BootAnswer => ({ ...file(bootFile), isLoader: true });
  if (request.isIpxe) return file(`${base}/boot/start.ipxe`);
  const own = decision.kind === 'ignore' ? undefined : decision.host?.secureBoot;
  const signed = own ?? replica.secureBoot;
  const [x64, arm64] = signed ? ['shimx64.efi', 'shimaa64.efi'] : ['snponly.efi', 'snponly-arm64.efi'];
  switch (request.arch) {
    case 'bios':
      return loader('undionly.kpxe');
    case 'uefi-x64':
      return loader(x64);
    case 'uefi-http-x64':
      return loader(`${base}/boot/${x64}`);
    case 'uefi-arm64':
      return loader(arm64);
    case 'uefi-http-arm64':
      return loader(`${base}/boot/${arm64}`);
    case 'other':
      return { kind: 'none', why: `no loader for ${architectureText(request.archNumber)}` };
  }
}

/** Whose programs a firmware runs; what names none, such as some iPXE, is asked nothing. */
const RUNS: Record<ClientArchitecture, Architecture | undefined> = {
  ...{ bios: 'x86_64', 'uefi-x64': 'x86_64', 'uefi-http-x64': 'x86_64' },
  ...{ 'uefi-arm64': 'aarch64', 'uefi-http-arm64': 'aarch64', other: undefined },
};

function foreignImage({ arch, archNumber }: BootAsk, decision: Decision): string | undefined {
  const runs = RUNS[arch];
  if (runs === undefined || !('image' in decision) || decision.image.arch === runs) return undefined;
  const { name, id } = decision.image;
  return `image ${name} ${id} is for ${decision.image.arch}, and it asks as ${architectureText(archNumber)}`;
}

/**
 * DHCP shows no serial, so a machine that fits no host may be one of those declared by serial alone: its
 * loader shows the serial, and the script decides. MACs of an inventory do not settle it: a card is replaced.
 */
function mayBeKnownBySerial({ hosts }: Replica): boolean {
  return hosts.knownBySerialAlone > 0;
}
