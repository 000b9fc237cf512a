import * as c from '../net/libc.ts';
import { writeDataHeader } from './codec.ts';
import type { Source } from './source.ts';

/** Bytes of each packet before its payload. */
const HEADER = 4;
/** Bytes of packets that a transfer holds: some twenty Ethernet frames, read and sent by one call. */
const PIECE = 32 << 10;
/** Datagrams of one send (UDP_MAX_SEGMENTS of the older kernels). */
const MOST_PACKETS = 64;

/** Bytes of a struct iovec. */
const IOVEC = 16;
const NONE = Buffer.alloc(0);

/** Memory that transfers take in turn, so that a new one costs no allocation. */
export class PieceMemory {
  readonly #free: Buffer[] = [];
  readonly #kept: number;

  /** @param kept pieces that are held for the next transfers */
  constructor(kept = 64) {
    this.#kept = kept;
  }

  take(size: number): Buffer {
    const found = size <= PIECE ? this.#free.pop() : undefined;
    return found ?? Buffer.allocUnsafeSlow(Math.max(size, PIECE));
  }

  giveBack(memory: Buffer): void {
    if (memory.length === PIECE && this.#free.length < this.#kept) this.#free.push(memory);
  }
}

/** DATA packets of one piece of a file, one after the other in memory as they are sent. */
export class Blocks {
  /** Bytes of a whole packet. */
  readonly packet: number;
  readonly #source: Source;
  readonly #blockSize: number;
  readonly #memory: PieceMemory;
  /** Packets that the memory has room for. */
  readonly #room: number;
  #bytes: Buffer | undefined;
  #address = 0;
  /** Where the payload of each packet lies (struct iovec). */
  #vectors = NONE;
  /** Blocks that lie there, from the first one on; counted from 1. */
  #first = 1;
  #count = 0;

  constructor(source: Source, blockSize: number, memory: PieceMemory) {
    this.packet = HEADER + blockSize;
    this.#source = source;
    this.#blockSize = blockSize;
    this.#memory = memory;
    this.#room = Math.min(MOST_PACKETS, Math.max(1, Math.floor(PIECE / this.packet)));
  }

  /**
   * The packets of some blocks, or of the first of them.
   * @returns where they lie, their bytes in all and how many they are; `cold` as Source
   * @throws Error as Source
   */
  packets(from: number, to: number): { address: number; length: number; count: number } | 'cold' {
    if (from < this.#first || from >= this.#first + this.#count) {
      if (!this.#load(from)) return 'cold';
    }
    const skipped = from - this.#first;
    const count = Math.min(to - from + 1, this.#count - skipped);
    const start = skipped * this.packet;
    const end = Math.min((skipped + count) * this.packet, this.#length);
    return { address: this.#address + start, length: end - start, count };
  }

  release(): void {
    if (this.#bytes) this.#memory.giveBack(this.#bytes);
    this.#bytes = undefined;
    this.#count = 0;
  }

  /** Bytes of all packets that lie there. */
  #length = 0;

  #load(first: number): boolean {
    const { size } = this.#source;
    const offset = (first - 1) * this.#blockSize;
    const length = Math.min(this.#room * this.#blockSize, size - offset);
    // The end of a file is a block that is not full, even if it is empty.
    const count = Math.min(this.#room, Math.floor(length / this.#blockSize) + 1);
    const isNew = this.#bytes === undefined;
    this.#bytes ??= this.#take();
    // A read that comes by half has written over what lay there.
    this.#count = 0;
    if (!this.#source.scatter?.(offset, length, this.#vectors, count) && !this.#copy(offset, length)) {
      // Of a file that nobody may want: a forged request takes no memory while the disk is waited for.
      if (isNew) this.release();
      return false;
    }
    for (let i = 0; i < count; i++) writeDataHeader(this.#bytes, i * this.packet, first + i);
    this.#first = first;
    this.#count = count;
    this.#length = count * HEADER + length;
    return true;
  }

  #copy(offset: number, length: number): boolean {
    const bytes = this.#source.read(offset, length);
    if (bytes === 'cold') return false;
    const size = this.#blockSize;
    for (let i = 0; i * size < length; i++)
      this.#bytes!.set(bytes.subarray(i * size, (i + 1) * size), i * this.packet + HEADER);
    return true;
  }

  #take(): Buffer {
    const bytes = this.#memory.take(this.#room * this.packet);
    this.#address = c.addressOf(bytes);
    if (!this.#source.scatter) return bytes;
    this.#vectors = Buffer.allocUnsafe(this.#room * IOVEC);
    for (let i = 0; i < this.#room; i++) {
      this.#vectors.writeBigUInt64LE(BigInt(this.#address + i * this.packet + HEADER), i * IOVEC);
      this.#vectors.writeBigUInt64LE(BigInt(this.#blockSize), i * IOVEC + 8);
    }
    return bytes;
  }
}
