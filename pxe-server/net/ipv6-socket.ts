import { ipv6Bytes, ipv6FromBytes } from './ipv6.ts';
import * as c from './libc.ts';

/** struct msghdr, what it points at, and the two control messages that are asked for (64 bits, little-endian). */
const MSGHDR = 56;
const IOVEC = 16;
const SOCKADDR = 28;
const CONTROL = 64;
const PKTINFO_LENGTH = 36;
const CONTROL_AT = MSGHDR + IOVEC + 32;
const PAYLOAD_AT = CONTROL_AT + CONTROL;
/** A datagram that is longer is cut off. */
const LARGEST = 4096;
/** Taken in one call of `receive`, so that others get their turn. */
const BATCH = 64;

export interface Came6 {
  /** Of the call alone: the next one writes over it. */
  bytes: Buffer;
  address: bigint;
  port: number;
  /** Interface index of a link-local sender. */
  zone: number;
  /** Address that the packet came to, a group's too; 0 when the kernel does not say. */
  to: bigint;
  /** -1 when the kernel does not say. */
  hopLimit: number;
}

export interface Target6 {
  address: bigint;
  port: number;
  /** For link-local addresses and groups. */
  zone: number;
  /** Address of ours to send from; absent: the kernel chooses. */
  from?: bigint | undefined;
}

/** Datagrams over IPv6, UDP or raw, one a system call, on a descriptor that does not block. */
export class Ipv6Socket {
  readonly #fd: number;
  readonly #incoming = new Message();
  readonly #outgoing = new Message();
  readonly #failed: (errno: string, target: Target6) => void;

  /** @param failed told of each datagram that could not be sent */
  constructor(fd: number, failed: (errno: string, target: Target6) => void) {
    this.#fd = fd;
    this.#failed = failed;
    const on = Buffer.from(Int32Array.of(1).buffer);
    for (const name of [c.IPV6_RECVPKTINFO, c.IPV6_RECVHOPLIMIT])
      c.setsockopt(fd, c.IPPROTO_IPV6, name, on, on.length);
  }

  /** Takes what is there, at most a batch. */
  receive(take: (came: Came6) => void): void {
    for (let i = 0; i < BATCH; i++) {
      this.#incoming.expect();
      const length = c.recvmsg(this.#fd, this.#incoming.header, c.MSG_DONTWAIT);
      if (length < 0) return;
      take(this.#incoming.read(length));
    }
  }

  /** @returns whether it left */
  send(bytes: Buffer, target: Target6): boolean {
    this.#outgoing.write(bytes, target);
    if (c.sendmsg(this.#fd, this.#outgoing.header, c.MSG_DONTWAIT) >= 0) return true;
    this.#failed(c.lastErrno(), target);
    return false;
  }

  close(): void {
    this.#incoming.release();
    this.#outgoing.release();
  }
}

class Message {
  readonly #memory = c.fixedMemory(PAYLOAD_AT + LARGEST);
  readonly #bytes = this.#memory.bytes;
  readonly header = this.#bytes.subarray(0, MSGHDR);

  constructor() {
    const pointer = (at: number) => this.#memory.address + BigInt(at);
    this.#bytes.writeBigUInt64LE(pointer(MSGHDR + IOVEC), 0);
    this.#bytes.writeBigUInt64LE(pointer(MSGHDR), 16);
    this.#bytes.writeBigUInt64LE(1n, 24);
    this.#bytes.writeBigUInt64LE(pointer(CONTROL_AT), 32);
    this.#bytes.writeBigUInt64LE(pointer(PAYLOAD_AT), MSGHDR);
  }

  /** The kernel writes over the lengths of what it gives. */
  expect(): void {
    this.#bytes.writeUInt32LE(SOCKADDR, 8);
    this.#bytes.writeBigUInt64LE(BigInt(CONTROL), 40);
    this.#bytes.writeBigUInt64LE(BigInt(LARGEST), MSGHDR + 8);
  }

  read(length: number): Came6 {
    const bytes = this.#bytes;
    const name = MSGHDR + IOVEC;
    const came: Came6 = {
      bytes: bytes.subarray(PAYLOAD_AT, PAYLOAD_AT + Math.min(length, LARGEST)),
      port: bytes.readUInt16BE(name + 2),
      address: ipv6FromBytes(bytes, name + 8),
      zone: bytes.readUInt32LE(name + 24),
      to: 0n,
      hopLimit: -1,
    };
    const end = CONTROL_AT + Math.min(Number(bytes.readBigUInt64LE(40)), CONTROL);
    for (let at = CONTROL_AT; at + 16 <= end; ) {
      const size = Number(bytes.readBigUInt64LE(at));
      if (size < 16 || at + size > end) break;
      const isOurs = bytes.readInt32LE(at + 8) === c.IPPROTO_IPV6;
      const type = isOurs ? bytes.readInt32LE(at + 12) : -1;
      if (type === c.IPV6_PKTINFO && size >= PKTINFO_LENGTH) came.to = ipv6FromBytes(bytes, at + 16);
      if (type === c.IPV6_HOPLIMIT && size >= 20) came.hopLimit = bytes.readInt32LE(at + 16);
      at += (size + 7) & ~7;
    }
    return came;
  }

  write(payload: Buffer, { address, port, zone, from }: Target6): void {
    const bytes = this.#bytes;
    const name = MSGHDR + IOVEC;
    if (payload.length > LARGEST) throw new RangeError(`a datagram of ${payload.length} bytes`);
    payload.copy(bytes, PAYLOAD_AT);
    bytes.writeBigUInt64LE(BigInt(payload.length), MSGHDR + 8);
    bytes.writeUInt32LE(SOCKADDR, 8);
    bytes.writeUInt16LE(c.AF_INET6, name);
    bytes.writeUInt16BE(port, name + 2);
    bytes.writeUInt32LE(0, name + 4);
    ipv6Bytes(address).copy(bytes, name + 8);
    bytes.writeUInt32LE(zone, name + 24);
    bytes.writeBigUInt64LE(from === undefined ? 0n : 40n, 40);
    if (from === undefined) return;
    bytes.writeBigUInt64LE(BigInt(PKTINFO_LENGTH), CONTROL_AT);
    bytes.writeInt32LE(c.IPPROTO_IPV6, CONTROL_AT + 8);
    bytes.writeInt32LE(c.IPV6_PKTINFO, CONTROL_AT + 12);
    ipv6Bytes(from).copy(bytes, CONTROL_AT + 16);
    bytes.writeUInt32LE(zone, CONTROL_AT + 32);
  }

  release(): void {
    this.#memory.release();
  }
}
