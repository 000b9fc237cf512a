import * as c from './libc.ts';

export interface Endpoint {
  /** IPv4 as a number. */
  address: number;
  port: number;
}

/**
 * `refused`: the other side has no such port (ICMP). `full`: wait a little. `lost`: the network did not take it, which
 * is as good as lost on the way.
 */
export type Sent = 'sent' | 'full' | 'refused' | 'lost';

/** Nothing there; the other side has no such port. */
export const NOTHING = -1;
export const REFUSED = -2;

/** Seconds and microseconds of struct timeval; the kernel rounds up to its own tick. */
const SHORT_WAIT = Buffer.from(BigInt64Array.of(0n, 1000n).buffer);
const SOCKADDR = 16;

/**
 * A UDP socket that hears one other side alone. The kernel drops what others send, and tells when the other side has
 * closed its port.
 */
export class ConnectedSocket {
  readonly fd: number;
  /** Bytes of the datagrams that the kernel cuts what is sent into (udp(7), UDP_SEGMENT); 0: it does not. */
  #cut = 0;
  #canCut = true;

  private constructor(fd: number) {
    this.fd = fd;
  }

  /** From a free port of the local address. @returns the name of the error where there is none: EMFILE */
  static open(local: number, to: Endpoint): ConnectedSocket | string {
    const fd = c.socket(c.AF_INET, c.SOCK_DGRAM | c.SOCK_CLOEXEC, 0);
    if (fd < 0) return c.lastErrno();
    const bound = c.bind(fd, socketAddress({ address: local, port: 0 }), SOCKADDR) === 0;
    if (bound && c.connect(fd, socketAddress(to), SOCKADDR) === 0) {
      c.setsockopt(fd, c.SOL_SOCKET, c.SO_RCVTIMEO, SHORT_WAIT, SHORT_WAIT.length);
      return new ConnectedSocket(fd);
    }
    const errno = c.lastErrno();
    c.close(fd);
    return errno;
  }

  /** Largest IP packet in bytes that reaches the other side whole, as far as is known (ip(7), IP_MTU). */
  get mtu(): number | undefined {
    const value = Buffer.alloc(4);
    const known = c.getsockopt(this.fd, c.IPPROTO_IP, c.IP_MTU, value, Uint32Array.of(4)) === 0;
    return known ? value.readInt32LE() : undefined;
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
   * @returns its length, at most that of the buffer; NOTHING; REFUSED
   */
  receive(into: Buffer, wait: boolean): number {
    const length = c.recv(this.fd, into, into.length, wait ? 0 : c.MSG_DONTWAIT);
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

/** struct sockaddr_in: the family in host order, port and address in network order. */
function socketAddress({ address, port }: Endpoint): Buffer {
  const bytes = Buffer.alloc(SOCKADDR);
  bytes.writeUInt16LE(c.AF_INET, 0);
  bytes.writeUInt16BE(port, 2);
  bytes.writeUInt32BE(address, 4);
  return bytes;
}
