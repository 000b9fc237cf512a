import { ipv4Text } from '../net/ipv4.ts';
import { macText } from '../net/mac.ts';
import type { DhcpPacket, MessageType } from './codec.ts';
import { Option } from './options.ts';

export type ClientArchitecture =
  | 'bios'
  | 'uefi-x64'
  | 'uefi-http-x64'
  | 'uefi-arm64'
  | 'uefi-http-arm64'
  | 'other';

/** What a DHCP message says about the machine that boots. */
export interface BootRequest {
  /** "52:54:00:aa:bb:cc" */
  mac: string;
  xid: number;
  messageType: MessageType;
  /** Option 61 in hexadecimal. */
  clientId?: string;
  /** SMBIOS UUID as firmware shows it. */
  uuid?: string;
  arch: ClientArchitecture;
  /** Option 93 as sent; -1 when the client named none. */
  archNumber: number;
  vendorClass?: string;
  isPxe: boolean;
  isHttpBoot: boolean;
  isIpxe: boolean;
  /** Name of the quirk that changed what it is taken for (quirks.ts). */
  quirk?: string;
  /** Address of the relay that passed it on. */
  relay?: string;
}

/** What decides on the boot file. */
export type BootAsk = Pick<BootRequest, 'arch' | 'archNumber' | 'isPxe' | 'isHttpBoot' | 'isIpxe'> & {
  mac: string | undefined;
  uuid?: string | undefined;
};

/** The boot part of an answer; an address is given either way. */
export type BootAnswer =
  /** `why` is told where a machine wanted to boot. */
  | {
      kind: 'none';
      why?: string;
    } /** `isLoader`: it asks again when it runs; else it is what an iPXE starts. */
  | { kind: 'file'; nextServer: string; bootFile: string; isLoader?: true };

/** RFC 4578 2.1 as corrected by its errata, and IANA's list. */
const ARCHITECTURES: ReadonlyMap<number, ClientArchitecture> = new Map([
  [0, 'bios'],
  [7, 'uefi-x64'],
  [9, 'uefi-x64'],
  [11, 'uefi-arm64'],
  [16, 'uefi-http-x64'],
  [19, 'uefi-http-arm64'],
]);

/** IANA's names, those that machines are known to send. */
const NAMES: Readonly<Record<number, string>> = {
  [-1]: 'none named',
  0: 'PC with BIOS',
  2: 'Itanium',
  6: 'UEFI of 32 bits on x86',
  7: 'UEFI on x64',
  9: 'UEFI byte code',
  10: 'UEFI on ARM of 32 bits',
  11: 'UEFI on ARM of 64 bits',
  15: 'HTTP Boot of 32 bits on x86',
  16: 'HTTP Boot on x64',
  18: 'HTTP Boot on ARM of 32 bits',
  19: 'HTTP Boot on ARM of 64 bits',
  27: 'UEFI on RISC-V of 64 bits',
  28: 'HTTP Boot on RISC-V of 64 bits',
  41: 'Raspberry Pi',
};

/** "architecture 6 (UEFI of 32 bits on x86)" */
export function architectureText(number: number): string {
  const name = NAMES[number];
  return `architecture ${number}${name === undefined ? '' : ` (${name})`}`;
}

export function architectureOf(number: number): ClientArchitecture {
  return ARCHITECTURES.get(number) ?? 'other';
}

/** Undefined for clients without an Ethernet address: nothing here boots from those. */
export function classify(packet: DhcpPacket): BootRequest | undefined {
  const mac = ethernetAddress(packet);
  if (mac === undefined) return undefined;
  const vendorClass = printable(packet.options.get(Option.vendorClass));
  const archNumber = architectureNumber(packet, vendorClass);
  const clientId = packet.options.get(Option.clientIdentifier)?.toString('hex');
  const uuid = machineUuid(packet.options.get(Option.clientUuid));
  return {
    mac,
    xid: packet.xid,
    messageType: packet.type,
    ...(clientId ? { clientId } : {}),
    ...(uuid ? { uuid } : {}),
    arch: architectureOf(archNumber),
    archNumber,
    ...(vendorClass ? { vendorClass } : {}),
    isPxe: vendorClass?.startsWith('PXEClient') ?? false,
    isHttpBoot: vendorClass?.startsWith('HTTPClient') ?? false,
    isIpxe: isIpxe(packet),
    ...(packet.giaddr ? { relay: ipv4Text(packet.giaddr) } : {}),
  };
}

/** "52:54:00:…", or undefined for other hardware, the zero address and group addresses. */
export function ethernetAddress({ htype, chaddr: a }: DhcpPacket): string | undefined {
  if (htype !== 1 || a.length !== 6 || a[0]! & 1) return undefined;
  if ((a[0]! | a[1]! | a[2]! | a[3]! | a[4]! | a[5]!) === 0) return undefined;
  return macText(a);
}

/** Option 93 lists 16-bit numbers, the one in use first; the vendor class repeats it in digits. */
function architectureNumber(packet: DhcpPacket, vendorClass: string | undefined): number {
  const listed = packet.options.get(Option.clientArchitecture);
  if (listed && listed.length >= 2) return listed.readUInt16BE();
  const match = /^(?:PXE|HTTP)Client:Arch:(\d{5})/.exec(vendorClass ?? '');
  return match ? Number(match[1]) : -1;
}

/**
 * Option 97: type 0 and 16 bytes. The first three fields are little-endian in SMBIOS and firmware sends
 * the bytes as they lie there; RFC 4578 2.3 does not say. Shown is what dmidecode shows.
 */
function machineUuid(value: Buffer | undefined): string | undefined {
  if (value?.length !== 17 || value[0] !== 0) return undefined;
  const hex = value.toString('hex', 1);
  if (/^(0+|f+)$/.test(hex)) return undefined;
  const swap = (from: number, to: number) => hex.slice(from, to).match(/../g)!.reverse().join('');
  return `${swap(0, 8)}-${swap(8, 12)}-${swap(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** User class "iPXE" (sent bare, or with a length byte as RFC 3004 wants), or iPXE's own option. */
function isIpxe(packet: DhcpPacket): boolean {
  const userClass = packet.options.get(Option.userClass)?.toString('latin1') ?? '';
  return userClass === 'iPXE' || userClass === '\x04iPXE' || packet.options.has(Option.ipxe);
}

function printable(value: Buffer | undefined): string | undefined {
  const text = value?.toString('latin1').replace(/\0+$/, '');
  return text && /^[\x20-\x7e]{1,255}$/.test(text) ? text : undefined;
}
