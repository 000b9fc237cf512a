import type { Endpoint } from './endpoint.ts';
import { ipv6Bytes } from './ipv6.ts';
import * as c from './libc.ts';

/**
 * `refused`: the other side has no such port (ICMP). `full`: wait a little. `lost`: the network did not take it, which
 * is as good as lost on the way.
 */
export type Sent = 'sent' | 'full' | 'refused' | 'lost';

/** Nothing there; the other side has no such port. */
export const NOTHING = -1;
export const REFUSED = -2;

const ETHERNET = 1500;
const ON = Buffer.from(Int32Array.of(1).buffer);
/** Seconds and microseconds of struct timeval; the kernel rounds up to its own tick. */
const SHORT_WAIT = Buffer.from(BigInt64Array.of(0n, 1000n).buffer);
const SOCKADDR_IN = 16;
const SOCKADDR_IN6 = 28;
/** Bytes of the headers of IP and UDP. */
const HEADERS = { 4: 20 + 8, 6: 40 + 8 } as const;

/** Memory for what comes in. */
export interface Incoming {
  readonly bytes: Buffer;
  readonly address: number;
  readonly size: number;
}

/** V8 moves what is smaller (64 bytes). */
const LEAST = 128;

export function incoming(size: number): Incoming {
  const bytes = Buffer.allocUnsafeSlow(Math.max(size, LEAST));
  return { bytes, address: c.addressOf(bytes), size };
}

/**
 * A UDP socket that hears one other side alone. The kernel drops what others send, and tells when the other side has
 * closed its port.
 */
export class ConnectedSocket {
  readonly fd: number;
  readonly #family: 4 | 6;
  /** Bytes of the datagrams that the kernel cuts what is sent into (udp(7), UDP_SEGMENT); 0: it does not. */
  #cut = 0;
  #canCut = true;

  private constructor(fd: number, family: 4 | 6) {
    this.fd = fd;
    this.#family = family;
  }

  /**
   * From a free port of the local address, which is of the same family.
   * @returns the name of the error where there is none: EMFILE
   */
  static open(local: Endpoint['address'], to: Endpoint): ConnectedSocket | string {
    const family = typeof to.address === 'bigint' ? 6 : 4;
    const fd = c.socket(family === 6 ? c.AF_INET6 : c.AF_INET, c.SOCK_DGRAM | c.SOCK_CLOEXEC, 0);
    if (fd < 0) return c.lastErrno();
    // An address that has IPv4 in it (::ffff:0:0/96) is a forged one: nothing is sent to it by IPv4.
    if (family === 6) c.setsockopt(fd, c.IPPROTO_IPV6, c.IPV6_V6ONLY, ON, ON.length);
    // The zone of a link-local client is that of our link-local address too.
    const from = socketAddress({ ...to, address: local, port: 0 });
    const other = socketAddress(to);
    if (c.bind(fd, from, from.length) === 0 && c.connect(fd, other, other.length) === 0) {
      c.setsockopt(fd, c.SOL_SOCKET, c.SO_RCVTIMEO, SHORT_WAIT, SHORT_WAIT.length);
      return new ConnectedSocket(fd, family);
    }
    const errno = c.lastErrno();
    c.close(fd);
    return errno;
  }

  /**
   * Largest datagram in bytes that reaches the other side in one packet, as far as is known (ip(7), IP_MTU; ipv6(7),
   * IPV6_MTU): above it the packet is cut into fragments.
   */
  get largest(): number {
    const value = Buffer.alloc(4);
    const [level, name] = this.#family === 6 ? [c.IPPROTO_IPV6, c.IPV6_MTU] : [c.IPPROTO_IP, c.IP_MTU];
    const known = c.getsockopt(this.fd, level, name, value, Uint32Array.of(4)) === 0;
    return (known ? value.readInt32LE() : ETHERNET) - HEADERS[this.#family];
  }

  /**
   * Sends datagrams of `size` bytes each, the last one maybe shorter, that lie one after the other in memory that does
   * not move. @returns what became of it, and how many bytes are done with
   */
  sendAll(from: number, length: number, size: number): { result: Sent; done: number } {
    if (length > size && this.#cuts(size)) {
      if (c.sendFrom(this.fd, from, length, c.MSG_DONTWAIT) >= 0) return { result: 'sent', done: length };
      const result = this.#failure();
      if (result !== 'lost') return { result, done: 0 };
      // A device without checksums, or a path that has become narrower: one by one goes always.
      this.#canCut = false;
      this.#cuts(0);
    }
    for (let done = 0; done < length; done += size) {
      const sent = c.sendFrom(this.fd, from + done, Math.min(size, length - done), c.MSG_DONTWAIT);
      const result = sent >= 0 ? 'sent' : this.#failure();
      if (result === 'full' || result === 'refused') return { result, done };
    }
    return { result: 'sent', done: length };
  }

  /** One datagram. */
  send(bytes: Buffer): Sent {
    if (this.#cut > 0 && bytes.length > this.#cut) this.#cuts(0);
    return c.send(this.fd, bytes, bytes.length, c.MSG_DONTWAIT) >= 0 ? 'sent' : this.#failure();
  }

  /**
   * One datagram. @param wait for it, a few milliseconds
   * @returns its length, at most that of the memory; NOTHING; REFUSED
   */
  receive({ address, size }: Incoming, wait: boolean): number {
    const length = c.recvInto(this.fd, address, size, wait ? 0 : c.MSG_DONTWAIT);
    if (length >= 0) return length;
    return c.lastErrno() === 'ECONNREFUSED' ? REFUSED : NOTHING;
  }

  close(): void {
    c.close(this.fd);
  }

  /** Has what is sent from now on cut into datagrams of that many bytes, the last one shorter. */
  #cuts(size: number): boolean {
    if (this.#cut === size) return true;
    if (size > 0 && !this.#canCut) return false;
    const value = Buffer.from(Int32Array.of(size).buffer);
    this.#canCut &&= c.setsockopt(this.fd, c.SOL_UDP, c.UDP_SEGMENT, value, 4) === 0;
    this.#cut = this.#canCut ? size : 0;
    return this.#canCut;
  }

  #failure(): Sent {
    const errno = c.lastErrno();
    if (errno === 'ECONNREFUSED') return 'refused';
    return errno === 'EAGAIN' ? 'full' : 'lost';
  }
}

/** struct sockaddr_in or sockaddr_in6: the family in host order, port and address in network order. */
function socketAddress({ address, port, zone = 0 }: Endpoint): Buffer {
  const wide = typeof address === 'bigint';
  const bytes = Buffer.alloc(wide ? SOCKADDR_IN6 : SOCKADDR_IN);
  bytes.writeUInt16LE(wide ? c.AF_INET6 : c.AF_INET, 0);
  bytes.writeUInt16BE(port, 2);
  if (wide) {
    ipv6Bytes(address).copy(bytes, 8);
    bytes.writeUInt32LE(zone, 24);
  } else bytes.writeUInt32BE(address, 4);
  return bytes;
}
