import { RackhandError } from '../../builder/shared/errors.ts';
import * as c from './libc.ts';
import { macText } from './mac.ts';
import { attachFilter, ETHERTYPE, type Heard } from './packet-filter.ts';

/** struct sockaddr_ll (linux/if_packet.h). */
const SOCKADDR_LL = 20;
/** What the kernel says of a packet: for us, for all, for a group; 3 is for somebody else. */
const OTHER_HOST = 3;
/** Linux' number for Ethernet (ARPHRD_ETHER). */
const ETHERNET = 1;
/** Bytes of the largest packet that is looked at. */
const LARGEST = 2048;

/**
 * Opens a socket that hears and speaks below IP on one interface, whoever else listens to the same packets there
 * (packet(7)): the host's own DHCP client may have port 68.
 * @throws RackhandError interface-absent | not-permitted | socket-failed
 */
export function openPacket(device: string, heard: Heard): number {
  // Protocol 0: nothing comes before the filter is set and bind names the interface.
  const fd = c.socket(c.AF_PACKET, c.SOCK_DGRAM | c.SOCK_NONBLOCK | c.SOCK_CLOEXEC, 0);
  if (fd < 0) throw failure(device, heard);
  const index = c.ifNameToIndex(device);
  const address = linkAddress(heard, index, Buffer.alloc(0));
  if (index === 0 || !attachFilter(fd, heard) || c.bind(fd, address, address.length) < 0) {
    const error = failure(device, heard);
    c.close(fd);
    throw error;
  }
  return fd;
}

function failure(device: string, heard: Heard): RackhandError {
  const where = `packet socket (${heard}) on ${device}`;
  const name = c.lastErrno();
  if (c.ifNameToIndex(device) === 0)
    return new RackhandError(
      'interface-absent',
      `cannot open ${where}: no such interface`,
      'name an interface that `ip link` shows',
    );
  if (name === 'EPERM' || name === 'EACCES')
    return new RackhandError(
      'not-permitted',
      `cannot open ${where}: not permitted (${name})`,
      'start rackhand serve as root or give it CAP_NET_RAW, or set probe: false for the subnet',
    );
  return new RackhandError('socket-failed', `cannot open ${where}: ${name}`, 'the error name says why');
}

export interface HeardPacket {
  /** From the network header on; of the call alone. */
  bytes: Buffer;
  /** Who sent the frame, as text. */
  from: string;
}

/** Everybody on the link. */
export const BROADCAST_MAC = Buffer.alloc(6, 0xff);

/** An inherited packet socket. */
export class PacketSocket {
  readonly fd: number;
  readonly #heard: Heard;
  readonly #index: number;
  readonly #into = Buffer.alloc(LARGEST);
  readonly #sender = Buffer.alloc(SOCKADDR_LL);
  readonly #size = new Uint32Array(1);

  constructor(fd: number, heard: Heard) {
    this.fd = fd;
    this.#heard = heard;
    this.#index = this.#name()?.readInt32LE(4) ?? 0;
  }

  /** Hardware address of the interface as it is now; undefined where that is no Ethernet. */
  mac(): Buffer | undefined {
    const name = this.#name();
    if (!name || name.readUInt16LE(8) !== ETHERNET || name[11] !== 6) return undefined;
    return Buffer.from(name.subarray(12, 18));
  }

  /** Takes what is there, at most so many. @returns how many were asked for; less than `most` when no more is there */
  receive(take: (packet: HeardPacket) => void, most: number): number {
    for (let count = 1; count <= most; count++) {
      this.#size[0] = SOCKADDR_LL;
      const sender = this.#sender;
      const length = c.recvfrom(this.fd, this.#into, LARGEST, c.MSG_DONTWAIT, sender, this.#size);
      // A link that goes down is told once, as an error.
      if (length < 0) return count;
      if (sender[10] === OTHER_HOST || sender[11] !== 6) continue;
      take({ bytes: this.#into.subarray(0, Math.min(length, LARGEST)), from: macText(sender, 12) });
    }
    return most;
  }

  /** @returns whether the interface took it */
  send(bytes: Buffer, to: Buffer): boolean {
    const address = linkAddress(this.#heard, this.#index, to);
    return c.sendto(this.fd, bytes, bytes.length, c.MSG_DONTWAIT, address, address.length) === bytes.length;
  }

  /** The address that the socket is bound to, with the interface's own hardware address. */
  #name(): Buffer | undefined {
    const name = Buffer.alloc(32);
    return c.getsockname(this.fd, name, Uint32Array.of(name.length)) === 0 ? name : undefined;
  }
}

function linkAddress(heard: Heard, index: number, to: Buffer): Buffer {
  const bytes = Buffer.alloc(SOCKADDR_LL);
  bytes.writeUInt16LE(c.AF_PACKET, 0);
  bytes.writeUInt16BE(ETHERTYPE[heard], 2);
  bytes.writeInt32LE(index, 4);
  bytes[11] = to.length;
  to.copy(bytes, 12);
  return bytes;
}
