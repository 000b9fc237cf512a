import * as c from './libc.ts';

/** struct mmsghdr and what it points at (bits/socket.h, 64 bits; the same on x86-64 and arm64). */
const MMSGHDR = 64;
const IOVEC = 16;
const SOCKADDR = 16;
const CONTROL = 32;
const PKTINFO_LENGTH = 28;
const HEADERS = MMSGHDR + IOVEC + SOCKADDR + CONTROL;

export interface BatchOptions {
  /** Messages of one system call. */
  count?: number;
  /** Largest payload in bytes; what is longer is cut off when received. */
  size?: number;
}

export interface Came {
  /** Of the call alone: the next one writes over it. */
  bytes: Buffer;
  /** Sender. */
  address: number;
  port: number;
  /** Where the packet was sent to: an address of ours, or a broadcast (ip(7), ipi_addr). */
  to: number;
}

/**
 * Many datagrams by one system call, recvmmsg(2) and sendmmsg(2): at tens of thousands of packets a second the calls
 * cost more than the work. IPv4, on a bound descriptor that does not block.
 */
export class BatchSocket {
  readonly #fd: number;
  readonly #count: number;
  readonly #incoming: Batch;
  readonly #outgoing: Batch;
  readonly #failed: (errno: string, address: number) => void;
  #waiting = 0;

  /** @param failed told of each datagram that could not be sent */
  constructor(
    fd: number,
    failed: (errno: string, address: number) => void,
    { count = 128, size = 1536 }: BatchOptions = {},
  ) {
    this.#fd = fd;
    this.#count = count;
    this.#failed = failed;
    this.#incoming = new Batch(count, size);
    this.#outgoing = new Batch(count, size);
    const on = Buffer.from(Int32Array.of(1).buffer);
    c.setsockopt(fd, c.IPPROTO_IP, c.IP_PKTINFO, on, on.length);
  }

  /** Takes what is there, at most one batch. @returns how many came */
  receive(take: (came: Came) => void): number {
    const batch = this.#incoming;
    batch.expect();
    const came = c.recvmmsg(this.#fd, batch.headers, this.#count, c.MSG_DONTWAIT, null);
    for (let i = 0; i < came; i++) take(batch.read(i));
    return Math.max(came, 0);
  }

  /**
   * A place to write a payload into; `post` sends it on. A full batch leaves first.
   */
  slot(): Buffer {
    if (this.#waiting === this.#count) this.flush();
    return this.#outgoing.payload(this.#waiting);
  }

  /** Queues the first bytes of the last `slot`; `flush` sends. @param from our address, 0: the kernel chooses */
  post(length: number, address: number, port: number, from: number): void {
    this.#outgoing.address(this.#waiting, length, address, port, from);
    this.#waiting += 1;
  }

  flush(): void {
    let at = 0;
    while (at < this.#waiting) {
      const sent = c.sendmmsg(this.#fd, this.#outgoing.header(at), this.#waiting - at, c.MSG_DONTWAIT);
      if (sent > 0) at += sent;
      else at += this.#afterFailure(at);
    }
    this.#waiting = 0;
  }

  close(): void {
    this.#incoming.release();
    this.#outgoing.release();
  }

  /** @returns how many messages to leave out */
  #afterFailure(at: number): number {
    const errno = c.lastErrno();
    if (errno === 'EINTR') return 0;
    if (errno === 'EAGAIN' && this.#becomesWritable()) return 0;
    this.#failed(errno, this.#outgoing.addressOf(at));
    return 1;
  }

  #becomesWritable(): boolean {
    const descriptor = Buffer.alloc(8);
    descriptor.writeInt32LE(this.#fd, 0);
    descriptor.writeUInt16LE(c.POLLOUT, 4);
    return c.poll(descriptor, 1, 50) === 1 && (descriptor.readUInt16LE(6) & c.POLLOUT) !== 0;
  }
}

/** Messages one after the other: all headers, then all payloads. */
class Batch {
  readonly headers: Buffer;
  readonly #memory: c.FixedMemory;
  readonly #payloads: Buffer[];
  readonly #count: number;
  readonly #size: number;
  readonly #view: DataView;

  constructor(count: number, size: number) {
    this.#count = count;
    this.#size = size;
    this.#memory = c.fixedMemory(count * (HEADERS + size));
    const { bytes, address } = this.#memory;
    this.headers = bytes.subarray(0, count * MMSGHDR);
    const payloads = count * HEADERS;
    this.#payloads = Array.from({ length: count }, (_, i) =>
      bytes.subarray(payloads + i * size, payloads + (i + 1) * size),
    );
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const pointer = (offset: number) => address + BigInt(offset);
    for (let i = 0; i < count; i++) {
      const header = i * MMSGHDR;
      bytes.writeBigUInt64LE(pointer(this.#nameAt(i)), header);
      bytes.writeBigUInt64LE(pointer(this.#vectorAt(i)), header + 16);
      bytes.writeBigUInt64LE(1n, header + 24);
      bytes.writeBigUInt64LE(pointer(this.#controlAt(i)), header + 32);
      bytes.writeBigUInt64LE(pointer(payloads + i * size), this.#vectorAt(i));
      bytes.writeBigUInt64LE(BigInt(size), this.#vectorAt(i) + 8);
    }
  }

  /** The kernel writes over the lengths of what it gives. */
  expect(): void {
    for (let i = 0; i < this.#count; i++) {
      this.#view.setUint32(i * MMSGHDR + 8, SOCKADDR, true);
      this.#view.setUint32(i * MMSGHDR + 40, CONTROL, true);
    }
  }

  read(i: number): Came {
    const length = this.#view.getUint32(i * MMSGHDR + 56, true);
    const name = this.#nameAt(i);
    const control = this.#controlAt(i);
    const told = this.#view.getUint32(i * MMSGHDR + 40, true) >= PKTINFO_LENGTH;
    return {
      bytes: this.#payloads[i]!.subarray(0, Math.min(length, this.#size)),
      port: this.#view.getUint16(name + 2),
      address: this.#view.getUint32(name + 4),
      to: told ? this.#view.getUint32(control + 24) : 0,
    };
  }

  payload(i: number): Buffer {
    return this.#payloads[i]!;
  }

  header(i: number): Buffer {
    return this.headers.subarray(i * MMSGHDR);
  }

  address(i: number, length: number, address: number, port: number, from: number): void {
    const view = this.#view;
    const header = i * MMSGHDR;
    const name = this.#nameAt(i);
    view.setUint32(header + 8, SOCKADDR, true);
    view.setUint16(name, c.AF_INET, true);
    view.setUint16(name + 2, port);
    view.setUint32(name + 4, address);
    view.setUint32(this.#vectorAt(i) + 8, length, true);
    view.setUint32(header + 40, from === 0 ? 0 : CONTROL, true);
    if (from === 0) return;
    const control = this.#controlAt(i);
    view.setUint32(control, PKTINFO_LENGTH, true);
    view.setUint32(control + 8, c.IPPROTO_IP, true);
    view.setUint32(control + 12, c.IP_PKTINFO, true);
    view.setUint32(control + 16, 0, true);
    view.setUint32(control + 20, from);
  }

  addressOf(i: number): number {
    return this.#view.getUint32(this.#nameAt(i) + 4);
  }

  release(): void {
    this.#memory.release();
  }

  #vectorAt(i: number): number {
    return this.#count * MMSGHDR + i * IOVEC;
  }

  #nameAt(i: number): number {
    return this.#count * (MMSGHDR + IOVEC) + i * SOCKADDR;
  }

  #controlAt(i: number): number {
    return this.#count * (MMSGHDR + IOVEC + SOCKADDR) + i * CONTROL;
  }
}
