import { macText } from '../../net/mac.ts';
import { type Client, clientOf } from './columns.ts';
import type { Lease } from './lease.ts';

/** How a lease is written to a log. */
export interface RecordWriter<L> {
  /** First bytes of a file; the digit is the version of the format. */
  magic: Buffer;
  /** Bytes of the longest record. */
  longest: number;
  /** @returns where the next one begins. @throws RangeError for a lease that is not kept */
  write(lease: L, bytes: Buffer, at: number): number;
}

/** How a lease lies in a log, and as what it is read. */
export interface RecordCodec<L, Read = L> extends RecordWriter<L> {
  /** @returns where the next one begins */
  read(bytes: Buffer, at: number, take: (lease: Read) => void): number;
}

/** A lease as a table keeps it, without the text of its client: a start reads a million of them. */
export interface StoredLease extends Omit<Lease, 'client'> {
  client: Client;
}

/** State, length of the client, address, end. */
const HEAD = 15;
const LONGEST_CLIENT = 1023;
const STATES = ['bound', 'released', 'declined'] as const;
/** The client is a hardware address of six bytes, not a text. */
const HARDWARE = 0x80;

export const leaseRecord: RecordCodec<Lease> = {
  magic: Buffer.from('RHLEASE1'),
  longest: HEAD + LONGEST_CLIENT,
  write({ address, client, state, expires }, bytes, from) {
    const mac = macBytes(client);
    const key = mac ?? Buffer.from(client, 'latin1');
    if (key.length > LONGEST_CLIENT) throw new RangeError(`a client's name of ${key.length} bytes`);
    const code = STATES.indexOf(state as (typeof STATES)[number]);
    if (code < 0) throw new RangeError(`a lease that is ${state} is not kept`);
    let at = bytes.writeUInt8(code | (mac ? HARDWARE : 0), from);
    at = bytes.writeUInt16LE(key.length, at);
    at = bytes.writeUInt32LE(address, at);
    at = bytes.writeDoubleLE(expires, at);
    return at + key.copy(bytes, at);
  },
  read(bytes, at, take) {
    const code = bytes[at]!;
    const length = bytes.readUInt16LE(at + 1);
    const address = bytes.readUInt32LE(at + 3);
    const expires = bytes.readDoubleLE(at + 7);
    const key = bytes.subarray(at + HEAD, at + HEAD + length);
    const client = code & HARDWARE ? macText(key) : key.toString('latin1');
    take({ address, client, state: STATES[code & 0x7f]!, expires });
    return at + HEAD + length;
  },
};

/** As `leaseRecord`, for who wants clients as numbers. */
export const storedRecord: RecordCodec<Lease, StoredLease> = {
  ...leaseRecord,
  read(bytes, at, take) {
    const code = bytes[at]!;
    const length = bytes.readUInt16LE(at + 1);
    const key = at + HEAD;
    const client =
      code & HARDWARE
        ? { high: bytes.readUInt16BE(key), low: bytes.readUInt32BE(key + 2), name: undefined }
        : clientOf(bytes.toString('latin1', key, key + length));
    const state = STATES[code & 0x7f]!;
    take({ address: bytes.readUInt32LE(at + 3), client, state, expires: bytes.readDoubleLE(at + 7) });
    return key + length;
  },
};

function macBytes(client: string): Buffer | undefined {
  return /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(client)
    ? Buffer.from(client.replaceAll(':', ''), 'hex')
    : undefined;
}
