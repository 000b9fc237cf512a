import { randomBytes } from 'node:crypto';
import { type Datagram, writeDatagram } from '../../net/datagram.ts';
import { type DhcpPacket, encode } from '../codec.ts';
import { Option } from '../options.ts';

/** RFC 4578: what the firmware of a machine would ask with; another server tells its boot file to nobody else. */
const PARAMETERS = Buffer.of(1, 3, 6, 43, 54, 60, 66, 67);
const UNDI = Buffer.of(1, 3, 16);

/** Architectures that are asked for, one after the other: BIOS and UEFI x64. */
export const ARCHITECTURES = [0, 7] as const;

/**
 * What tells our own question from those of machines: a client identifier (RFC 4361 has type 255 for opaque
 * ones) that nobody can know before. Another Rackhand has another one, so that each finds the other.
 */
export class Mark {
  readonly #identifier = Buffer.concat([Buffer.from([255]), Buffer.from('rackhand'), randomBytes(12)]);

  /** Whether a packet is our own question: heard by another interface of ours, or brought by a relay. */
  isOn(packet: DhcpPacket): boolean {
    const identifier = packet.options.get(Option.clientIdentifier);
    return identifier?.length === this.#identifier.length && identifier.equals(this.#identifier);
  }

  /** DHCPDISCOVER as a machine's firmware broadcasts it, whole from the IPv4 header on. */
  question(mac: Buffer, architecture: (typeof ARCHITECTURES)[number]): Buffer {
    const digits = String(architecture).padStart(5, '0');
    const packet: DhcpPacket = {
      op: 1,
      htype: 1,
      hops: 0,
      xid: randomBytes(4).readUInt32BE(),
      secs: 0,
      broadcast: true,
      ciaddr: 0,
      yiaddr: 0,
      siaddr: 0,
      giaddr: 0,
      chaddr: mac,
      sname: '',
      file: '',
      type: 'discover',
      options: new Map([
        [Option.clientIdentifier as number, this.#identifier],
        [Option.maxMessageSize, Buffer.of(0x05, 0xc0)],
        [Option.parameterList, PARAMETERS],
        [Option.vendorClass, Buffer.from(`PXEClient:Arch:${digits}:UNDI:003016`)],
        [Option.clientArchitecture, Buffer.of(0, architecture)],
        [Option.clientInterface, UNDI],
        [Option.clientUuid, Buffer.concat([Buffer.from([0]), this.#identifier.subarray(-16)])],
      ]),
    };
    const datagram: Datagram = {
      from: { address: 0, port: 68 },
      to: { address: 0xffffffff, port: 67 },
      payload: encode(packet),
    };
    return writeDatagram(datagram);
  }
}
