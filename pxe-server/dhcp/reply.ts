import { parseIpv4 } from '../net/ipv4.ts';
import type { BootAnswer, BootRequest } from './classify.ts';
import type { DhcpPacket } from './codec.ts';
import { Option, type Options, uint32 } from './options.ts';

/** What a subnet tells its clients; addresses as numbers. */
export interface SubnetFacts {
  mask: number;
  router: number | undefined;
  dns: number[];
  domain: string | undefined;
  ntp: number[];
  leaseSeconds: number;
  /** Routes, search domains, MTU and raw options, as they are sent. */
  further: readonly [number, Buffer][];
}

/** Options that are the same in every answer of a subnet, encoded once. */
interface Constant {
  lease: [number, Buffer][];
  configuration: [number, Buffer][];
  timers: [number, Buffer][];
  /** Behind what booting needs. */
  further: readonly [number, Buffer][];
}

const constants = new WeakMap<SubnetFacts, Constant>();

function constant(subnet: SubnetFacts): Constant {
  let known = constants.get(subnet);
  if (!known) {
    const seconds = subnet.leaseSeconds;
    known = {
      lease: [[Option.leaseTime, uint32(seconds)]],
      configuration: [[Option.subnetMask, uint32(subnet.mask)], ...configuration(subnet)],
      timers: [
        [Option.renewal, uint32(Math.floor(seconds / 2))],
        [Option.rebinding, uint32(Math.floor(seconds * 0.875))],
      ],
      further: subnet.further,
    };
    constants.set(subnet, known);
  }
  return known;
}

export interface ReplyContext {
  packet: DhcpPacket;
  request: BootRequest | undefined;
  serverAddress: number;
  subnet: SubnetFacts;
  boot: BootAnswer;
}

/** OFFER or ACK with an address (RFC 2131 table 3), and the boot file when there is one. */
export function grant(type: 'offer' | 'ack', address: number, context: ReplyContext): DhcpPacket {
  const { packet, subnet, serverAddress } = context;
  const { lease, configuration, timers, further } = constant(subnet);
  const options: Options = new Map([
    [Option.serverIdentifier as number, uint32(serverAddress)],
    ...lease,
    ...configuration,
    ...bootOptions(context),
    ...timers,
    ...echoed(packet),
    ...further,
  ]);
  return { ...base(context, type), yiaddr: address, ciaddr: type === 'ack' ? packet.ciaddr : 0, options };
}

/** Answer to INFORM: configuration only, no lease (RFC 2131 4.3.5). */
export function inform(context: ReplyContext): DhcpPacket {
  const { packet, subnet, serverAddress } = context;
  const options: Options = new Map([
    [Option.serverIdentifier as number, uint32(serverAddress)],
    ...constant(subnet).configuration,
    ...bootOptions(context),
    ...echoed(packet),
    ...constant(subnet).further,
  ]);
  return { ...base(context, 'ack'), ciaddr: packet.ciaddr, options };
}

/** The boot file alone: on port 4011, and as an offer beside the one of a server that gives addresses. */
export function proxy(type: 'offer' | 'ack', context: ReplyContext): DhcpPacket {
  const options: Options = new Map([
    [Option.serverIdentifier as number, uint32(context.serverAddress)],
    ...bootOptions(context),
    ...echoed(context.packet),
  ]);
  return { ...base(context, type), ciaddr: context.packet.ciaddr, options };
}

/** Refusal, with the reason for the client's log (RFC 2131 table 3: no address in any field). */
export function nak(context: ReplyContext, why: string): DhcpPacket {
  const options: Options = new Map([
    [Option.serverIdentifier as number, uint32(context.serverAddress)],
    [Option.message, Buffer.from(why.slice(0, 200), 'latin1')],
    ...echoed(context.packet),
  ]);
  // A relay must broadcast a NAK: the client's address is wrong (4.3.2).
  const packet = base({ ...context, boot: { kind: 'none' } }, 'nak');
  return { ...packet, broadcast: packet.giaddr !== 0 || packet.broadcast, options };
}

function base({ packet, boot, serverAddress }: ReplyContext, type: DhcpPacket['type']): DhcpPacket {
  return {
    op: 2,
    htype: packet.htype,
    hops: 0,
    xid: packet.xid,
    secs: 0,
    broadcast: packet.broadcast,
    ciaddr: 0,
    yiaddr: 0,
    // Firmware takes the TFTP server from here.
    siaddr: boot.kind === 'file' ? (parseIpv4(boot.nextServer) ?? serverAddress) : 0,
    giaddr: packet.giaddr,
    chaddr: packet.chaddr,
    sname: '',
    file: boot.kind === 'file' && boot.bootFile.length <= 127 ? boot.bootFile : '',
    type,
    options: new Map(),
  };
}

function configuration(subnet: SubnetFacts): [number, Buffer][] {
  const listed = (code: number, addresses: number[]): [number, Buffer][] =>
    addresses.length > 0 ? [[code, Buffer.concat(addresses.map(uint32))]] : [];
  return [
    ...listed(Option.router, subnet.router === undefined ? [] : [subnet.router]),
    ...listed(Option.dns, subnet.dns),
    ...(subnet.domain ? [[Option.domain, Buffer.from(subnet.domain)] satisfies [number, Buffer]] : []),
    ...listed(Option.ntp, subnet.ntp),
  ];
}

/**
 * The class is echoed, since firmware drops answers without it (PXE 2.1 2.2.3; UEFI 24.7.3.1 for
 * HTTPClient). Option 43 with discovery control 8 tells PXE to take the file named here and to look for
 * no boot server; without it some ROMs ask port 4011 although nothing is missing.
 */
function bootOptions({ request, boot }: ReplyContext): [number, Buffer][] {
  if (!request || boot.kind === 'none') return [];
  const options: [number, Buffer][] = [];
  if (request.isHttpBoot) options.push([Option.vendorClass, Buffer.from('HTTPClient')]);
  else if (request.isPxe) options.push([Option.vendorClass, Buffer.from('PXEClient')]);
  options.push([Option.bootFileName, Buffer.from(boot.bootFile)]);
  // Pad bytes: ROMs that read the name up to a NUL go on into the next option (quirks.ts).
  if (request.isPxe && !request.isIpxe) options.push([Option.pad, Buffer.alloc(0)]);
  if (!request.isHttpBoot) options.push([Option.tftpServerName, Buffer.from(boot.nextServer)]);
  if (request.isPxe && !request.isIpxe) options.push([Option.vendorSpecific, Buffer.of(6, 1, 8, 255)]);
  // no-pxedhcp: iPXE need not wait for a proxy's answer.
  if (request.isIpxe) options.push([Option.ipxe, Buffer.of(176, 1, 1)]);
  return options;
}

/**
 * UUID (RFC 4578 2.3), client identifier (RFC 6842), subnet selection (RFC 3011) and relay information (RFC 3046 2.2) go
 * back as they came.
 */
function echoed(packet: DhcpPacket): [number, Buffer][] {
  const codes = [Option.clientUuid, Option.clientIdentifier, Option.subnetSelection, Option.relayAgent];
  return codes.flatMap((code) => {
    const value = packet.options.get(code);
    return value ? [[code, value] satisfies [number, Buffer]] : [];
  });
}

/** Address as a number, and UDP port. */
export interface Destination {
  address: number;
  port: number;
}

const BROADCAST = 0xffffffff;

/** Where an answer goes (RFC 2131 4.1), on port 67. */
export function destination(reply: DhcpPacket, inSubnet: (address: number) => boolean): Destination {
  if (reply.giaddr !== 0) return { address: reply.giaddr, port: 67 };
  // A renewing client has an address. The rest have none that ARP could find, so they get a broadcast
  // even where they could take a unicast.
  if (reply.ciaddr !== 0 && inSubnet(reply.ciaddr)) return { address: reply.ciaddr, port: 68 };
  return { address: BROADCAST, port: 68 };
}
