import type { BootRequest } from './classify.ts';
import type { DhcpPacket } from './codec.ts';
import { Option } from './options.ts';

/** Which machines a quirk is about; every part that is there has to fit. */
export interface Match {
  /** Start of the vendor class. */
  vendorClass?: string;
  /** Option 93, or what the vendor class says; -1: names none. */
  architecture?: readonly number[];
  /** First three bytes of the hardware address: "b8:27:eb". */
  oui?: readonly string[];
  ipxe?: boolean;
  /** Features that iPXE's option 175 does not list, though it lists some; one of each group is enough. */
  lacksFeature?: readonly (readonly number[])[];
}

/** What firmware does otherwise than it should, and what is done about it. */
export interface Quirk {
  name: string;
  /** For the host's timeline: what is odd, and what follows. */
  why: string;
  /** Where it was read of; a thread is owner/repository#number. */
  source: string;
  match: Match;
  /** What the machine is taken for. */
  takenAs: Partial<Pick<BootRequest, 'arch' | 'isIpxe'>>;
}

/** Features in iPXE's encapsulated options (its features.h). */
const Feature = { http: 0x13, bzImage: 0x18, efi: 0x24 } as const;
/** Codes of features; others tell the bus, the version and settings. */
const FEATURES = { from: 0x10, to: 0x2f };

/** The first that fits counts. */
export const QUIRKS: readonly Quirk[] = [
  {
    name: 'raspberry-pi-says-bios',
    why: 'a Raspberry Pi names the architecture of a PC; it can run no loader of ours and gets none',
    source: 'raspberrypi/firmware#1928, raspberrypi/firmware#871',
    match: {
      vendorClass: 'PXEClient',
      architecture: [0],
      oui: ['b8:27:eb', 'dc:a6:32', 'e4:5f:01', 'd8:3a:dd', '28:cd:c1', '2c:cf:67'],
      ipxe: false,
    },
    takenAs: { arch: 'other' },
  },
  {
    name: 'http-boot-with-another-architecture',
    why: 'it asks for HTTP Boot and names the architecture of another way to boot; its class counts',
    source: 'warewulf/warewulf#2231 (any HTTPClient is answered with a URL); UEFI 2.10 section 24.7.3.1',
    match: { vendorClass: 'HTTPClient', architecture: [0, 7, 9, -1], ipxe: false },
    takenAs: { arch: 'uefi-http-x64' },
  },
  {
    name: 'ipxe-without-http-or-linux',
    why: 'its ROM is an iPXE that lacks HTTP or cannot start a kernel; it gets a whole iPXE first',
    source: 'warewulf/warewulf3#104, danderson/netboot TESTING.md (VirtualBox)',
    match: { ipxe: true, lacksFeature: [[Feature.http], [Feature.bzImage, Feature.efi]] },
    takenAs: { isIpxe: false },
  },
];

/** What every answer does, since some firmware needs it and none minds; these are no events. */
export const STANDING: readonly Omit<Quirk, 'match' | 'takenAs'>[] = [
  {
    name: 'asks-4011-though-complete',
    why: 'discovery control 8 in option 43 tells PXE to take the file that is named and to look for no boot server',
    source: 'tianocore/edk2#8149; PXE 2.1 table 2-1',
  },
  {
    name: 'ignores-a-split-offer',
    why: 'address, class, server and file come in one offer: some ROMs never join two',
    source: 'garybowers/bootimus#77, danderson/netboot#43',
  },
  {
    name: 'reads-one-of-two-names',
    why: 'the boot file is named in the field and in option 67: old ROMs and U-Boot read the one, others the other',
    source: 'siderolabs/booter#12; RFC 2132 9.5',
  },
  {
    name: 'reads-the-name-to-a-nul',
    why: 'zeros follow option 67, else ROMs ask TFTP for the name and the code of the next option',
    source:
      'netbootxyz/netboot.xyz#1198, garybowers/bootimus#117; RFC 2132 section 2 wants no NUL in the value',
  },
  {
    name: 'byte-code-means-x64',
    why: 'architectures 7 and 9 both are UEFI on x64: RFC 4578 had them the wrong way round',
    source: 'opnsense/core#2669, danderson/netboot#101; errata of RFC 4578',
  },
  {
    name: 'sends-no-uuid',
    why: 'a machine is answered without option 97, which some cards never send',
    source: 'danderson/pixiecore#21; RFC 4578 2.3',
  },
  {
    name: 'drops-short-answers',
    why: 'no answer is shorter than 300 bytes: relays and BOOTP clients drop those',
    source: 'opnsense/core#7744, insomniacslk/dhcp#261; RFC 1542 2.1',
  },
  {
    name: 'takes-576-bytes',
    why: 'no answer is longer than 548 bytes of UDP unless the machine says so in option 57',
    source: 'RFC 2131 section 2',
  },
  {
    name: 'hears-no-unicast',
    why: 'a machine without an address gets a broadcast, whether it asked for one or not',
    source: 'RFC 2131 4.1 allows it',
  },
];

/** What a machine is taken for, and why; itself where nothing is odd. Pure. */
export function withQuirks(
  request: BootRequest | undefined,
  packet: Pick<DhcpPacket, 'options'>,
): { request: BootRequest | undefined; quirk?: Quirk } {
  if (!request || !(request.isPxe || request.isHttpBoot || request.isIpxe)) return { request };
  const quirk = QUIRKS.find(({ match }) => fits(match, request, packet));
  return quirk ? { request: { ...request, ...quirk.takenAs, quirk: quirk.name }, quirk } : { request };
}

function fits(match: Match, request: BootRequest, { options }: Pick<DhcpPacket, 'options'>): boolean {
  const { vendorClass, architecture, oui, ipxe, lacksFeature } = match;
  if (vendorClass !== undefined && !request.vendorClass?.startsWith(vendorClass)) return false;
  if (architecture !== undefined && !architecture.includes(request.archNumber)) return false;
  if (oui !== undefined && !oui.includes(request.mac.slice(0, 8))) return false;
  if (ipxe !== undefined && ipxe !== request.isIpxe) return false;
  return lacksFeature === undefined || lacks(ipxeFeatures(options.get(Option.ipxe)), lacksFeature);
}

function lacks(features: ReadonlySet<number>, groups: readonly (readonly number[])[]): boolean {
  return features.size > 0 && groups.some((group) => !group.some((feature) => features.has(feature)));
}

function ipxeFeatures(value: Buffer | undefined): ReadonlySet<number> {
  const found = new Set<number>();
  for (let at = 0; value && at + 1 < value.length; at += 2 + value[at + 1]!) {
    const code = value[at]!;
    if (code >= FEATURES.from && code <= FEATURES.to && value[at + 2] !== 0) found.add(code);
  }
  return found;
}
