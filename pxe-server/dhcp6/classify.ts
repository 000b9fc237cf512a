import { architectureOf, type BootAsk } from '../dhcp/classify.ts';
import { eui64Mac, isLinkLocal } from '../net/ipv6.ts';
import type { Packet6 } from './codec.ts';
import { type Duid, duidMac, macText, readDuid } from './duid.ts';
import { Option6, type OptionList, optionOf, readStrings } from './options.ts';

/** What a DHCPv6 message says of its client and of the machine that it runs on. */
export interface Client6 {
  /** As sent: it goes back with the answer. */
  id: Buffer;
  duid: Duid;
  /** Undefined when nothing tells an Ethernet address. */
  mac: string | undefined;
  boot: BootAsk;
  /** Of the vendor class, as firmware for HTTP wants it back. */
  enterprise: number | undefined;
}

/** Undefined without a usable client identifier. @param source from whom the datagram came */
export function classify6(packet: Packet6, source: bigint): Client6 | undefined {
  const { options } = packet.message;
  const id = optionOf(options, Option6.clientId);
  const duid = id && readDuid(id);
  if (!id || !duid) return undefined;
  const mac = macOf(packet, source, duid);
  const vendor = vendorClass(options);
  const archNumber = architectureNumber(options, vendor?.text);
  const userClasses = readStrings(optionOf(options, Option6.userClass) ?? Buffer.alloc(0));
  const isIpxe = userClasses?.some((text) => text.toString('latin1') === 'iPXE') ?? false;
  return {
    ...{ id, duid, mac, enterprise: vendor?.enterprise },
    boot: {
      ...{ mac, uuid: uuidOf(duid, isIpxe), isIpxe },
      ...{ arch: architectureOf(archNumber), archNumber },
      isPxe: vendor?.text.startsWith('PXEClient') ?? false,
      isHttpBoot: vendor?.text.startsWith('HTTPClient') ?? false,
    },
  };
}

/**
 * The Ethernet address that the machine asks by: what the relay beside it says (RFC 6939), what its link-local address
 * was made of, else the one in its DUID, which may be of another card of the machine.
 */
function macOf({ relays }: Packet6, source: bigint, duid: Duid): string | undefined {
  const nearest = relays.at(-1);
  const told = nearest && optionOf(nearest.options, Option6.clientLinkLayer);
  // Two bytes of hardware type, 1 for Ethernet.
  if (told?.length === 8 && told.readUInt16BE() === 1) {
    const mac = macText(told.subarray(2));
    if (mac !== undefined) return mac;
  }
  const own = nearest ? nearest.peer : source;
  const byAddress = isLinkLocal(own) ? eui64Mac(own) : undefined;
  return byAddress ?? duidMac(duid);
}

/**
 * SMBIOS UUID as dmidecode shows it. RFC 6355 section 4 says network byte order, and iPXE sends that; EDK2 copies what
 * lies in SMBIOS, whose first three fields are little-endian.
 */
function uuidOf(duid: Duid, isIpxe: boolean): string | undefined {
  if (duid.kind !== 'uuid' || /^(0+|f+)$/.test(duid.uuid.toString('hex'))) return undefined;
  const bytes = Buffer.from(duid.uuid);
  if (!isIpxe) {
    bytes.subarray(0, 4).reverse();
    bytes.subarray(4, 6).reverse();
    bytes.subarray(6, 8).reverse();
  }
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Enterprise number and the first string, which is the one that firmware sends (RFC 8415 21.16). */
function vendorClass(options: OptionList): { enterprise: number; text: string } | undefined {
  const value = optionOf(options, Option6.vendorClass);
  if (!value || value.length < 4) return undefined;
  const text = readStrings(value.subarray(4))?.[0]?.toString('latin1').replace(/\0+$/, '') ?? '';
  return { enterprise: value.readUInt32BE(0), text: /^[\x20-\x7e]*$/.test(text) ? text : '' };
}

function architectureNumber(options: OptionList, vendor: string | undefined): number {
  const listed = optionOf(options, Option6.clientArchitecture);
  if (listed && listed.length >= 2) return listed.readUInt16BE();
  const match = /^(?:PXE|HTTP)Client:Arch:(\d{5})/.exec(vendor ?? '');
  return match ? Number(match[1]) : -1;
}
