import { classify } from '../dhcp/classify.ts';
import { type DhcpPacket, decode } from '../dhcp/codec.ts';
import { Option, readUint32 } from '../dhcp/options.ts';
import type { Tapped } from '../dhcp/tap.ts';
import { decodeArp } from '../net/arp.ts';
import { readDatagram, writeDatagram } from '../net/datagram.ts';
import { ipv4Text } from '../net/ipv4.ts';
import type { DhcpFact, Frame, Speaker, Step } from './entry.ts';
import { maskTokens } from './mask.ts';

/** A packet that the DHCP thread copied, as a step; undefined for one that says nothing. Pure. */
export function dhcpStep(tapped: Tapped): Step | undefined {
  const { what, bytes, at, mac, from, to } = tapped;
  const raw = Buffer.from(bytes, 'latin1');
  if (what === 'arp') return arpStep(tapped, raw);
  if (what === 'silent') {
    const fact: DhcpFact = {
      layer: 'dhcp',
      by: 'us',
      type: 'no-answer',
      xid: 0,
      port: portOf(to.port),
      client: tapped.client,
    };
    return { at, mac, fact: { ...fact, ...(tapped.why ? { why: tapped.why } : {}) } };
  }
  if (what === 'overheard') {
    const datagram = readDatagram(raw);
    return datagram && packetStep(tapped, datagram.payload, 'other', frameOf('ipv4', raw));
  }
  const frame = frameOf('ipv4', writeDatagram({ from, to, payload: raw }));
  return packetStep(tapped, raw, what === 'asked' ? 'machine' : 'us', frame);
}

function packetStep(tapped: Tapped, payload: Buffer, by: Speaker, frame: Frame): Step | undefined {
  const packet = decode(payload);
  if ('malformed' in packet) return undefined;
  const { at, mac, client, why, sender } = tapped;
  const port = portOf(by === 'machine' ? tapped.to.port : tapped.from.port);
  const fact: DhcpFact = {
    ...{ layer: 'dhcp', by, type: packet.type, xid: packet.xid, port, client },
    ...(by === 'machine' ? asked(packet) : answered(packet)),
    ...(why === undefined ? {} : { why }),
    ...(sender === undefined ? {} : { mac: sender }),
    ...(packet.giaddr ? { relay: ipv4Text(packet.giaddr) } : {}),
  };
  // Only what was confirmed says by which address the machine speaks from now on.
  const address = by !== 'machine' && packet.type === 'ack' ? fact.address : undefined;
  return { at, mac, fact, frame, ...(address === undefined ? {} : { address }) };
}

function portOf(port: number): 67 | 4011 {
  return port === 4011 ? 4011 : 67;
}

function asked(packet: DhcpPacket): Partial<DhcpFact> {
  const request = classify(packet);
  const address = readUint32(packet.options, Option.requestedAddress) || packet.ciaddr;
  const server = readUint32(packet.options, Option.serverIdentifier);
  const wanted = packet.options.get(Option.parameterList);
  const card = cardOf(packet.options.get(Option.ipxe));
  return {
    ...(packet.secs > 0 ? { secs: packet.secs } : {}),
    ...(request && request.archNumber >= 0 ? { architecture: request.archNumber } : {}),
    ...(request?.isHttpBoot ? { httpBoot: true } : {}),
    ...(request?.uuid ? { uuid: request.uuid } : {}),
    ...(card === undefined ? {} : { card }),
    ...(address ? { address: ipv4Text(address) } : {}),
    ...(server === undefined ? {} : { server: ipv4Text(server) }),
    ...(wanted ? { options: [...wanted] } : {}),
  };
}

/** iPXE names its card in its own option (bus-id, 177): bus, 1 is PCI; vendor; device. */
const BUS_ID = 177;

function cardOf(encapsulated: Buffer | undefined): string | undefined {
  if (!encapsulated) return undefined;
  for (let at = 0; at + 2 <= encapsulated.length; at += 2 + encapsulated[at + 1]!) {
    const value = encapsulated.subarray(at + 2, at + 2 + encapsulated[at + 1]!);
    if (encapsulated[at] !== BUS_ID || value.length !== 5 || value[0] !== 1) continue;
    return `${value.toString('hex', 1, 3)}:${value.toString('hex', 3, 5)}`;
  }
  return undefined;
}

function answered(packet: DhcpPacket): Partial<DhcpFact> {
  const address = packet.yiaddr || (packet.type === 'ack' ? packet.ciaddr : 0);
  const server = readUint32(packet.options, Option.serverIdentifier);
  const named = text(packet.options.get(Option.bootFileName)) || packet.file;
  const next = packet.siaddr ? ipv4Text(packet.siaddr) : text(packet.options.get(Option.tftpServerName));
  return {
    ...(address ? { address: ipv4Text(address) } : {}),
    ...(server === undefined ? {} : { server: ipv4Text(server) }),
    ...(named ? { bootFile: named } : {}),
    ...(named && next ? { nextServer: next } : {}),
    options: [...packet.options.keys()],
  };
}

/** What another machine's packet says, cut to what people can read. */
function text(value: Buffer | undefined): string {
  return (value?.toString('latin1') ?? '').replace(/\0.*$/s, '').slice(0, 255);
}

function arpStep({ at, mac }: Tapped, raw: Buffer): Step | undefined {
  const packet = decodeArp(raw);
  if (!packet) return undefined;
  const address = ipv4Text(packet.sender);
  const step = packet.operation === 'request' ? 'asks' : 'answers';
  const fact = { layer: 'arp', step, address, target: ipv4Text(packet.target) } as const;
  // A packet socket gives no Ethernet header; questions go to all, and who was answered is in the packet.
  const to = step === 'asks' ? Buffer.alloc(6, 0xff) : packet.targetMac;
  const ethernet = Buffer.concat([to, packet.senderMac, Buffer.of(0x08, 0x06), raw]);
  return { at, mac, address, fact, frame: frameOf('ethernet', ethernet) };
}

function frameOf(link: Frame['link'], bytes: Buffer): Frame {
  return { link, bytes: maskTokens(bytes).toString('base64') };
}
