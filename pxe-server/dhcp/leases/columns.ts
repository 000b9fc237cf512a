import type { ClientKey, Lease } from './lease.ts';

const STATES = ['offered', 'bound', 'released', 'declined'] as const satisfies readonly Lease['state'][];
export const OFFERED = STATES.indexOf('offered');
export const RELEASED = STATES.indexOf('released');

/** A client as two numbers that are quick to compare; a name decides where the numbers are but its hash. */
export interface Client {
  low: number;
  /** First two bytes of a hardware address, or HASHED. */
  high: number;
  /** Undefined for hardware addresses. */
  name: string | undefined;
}

const HASHED = 0x10000;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/**
 * Leases as numbers in columns, a slot each: a million objects would cost ten times the memory and stop the service
 * for every collection of garbage.
 */
export class Columns {
  address = new Uint32Array(0);
  low = new Uint32Array(0);
  high = new Uint32Array(0);
  /** Index of the network. */
  network = new Uint16Array(0);
  state = new Uint8Array(0);
  expires = new Float64Array(0);
  /** Where the slot lies in its network's heap; -1: not in it. */
  position = new Int32Array(0);
  readonly #names = new Map<number, string>();
  #free: number[] = [];
  #end = 0;

  get size(): number {
    return this.#end - this.#free.length;
  }

  /** Highest slot ever used and one more. */
  get end(): number {
    return this.#end;
  }

  isUsed(slot: number): boolean {
    return this.address[slot] !== 0;
  }

  add(lease: Omit<Lease, 'client'>, client: Client, network: number): number {
    const slot = this.#free.pop() ?? this.#end++;
    if (slot >= this.address.length) this.reserve(Math.max(1024, this.address.length * 2));
    this.position[slot] = -1;
    this.set(slot, lease, client, network);
    return slot;
  }

  set(slot: number, lease: Omit<Lease, 'client'>, client: Client, network: number): void {
    this.address[slot] = lease.address;
    this.low[slot] = client.low;
    this.high[slot] = client.high;
    this.network[slot] = network;
    this.state[slot] = STATES.indexOf(lease.state);
    this.expires[slot] = lease.expires;
    if (client.name !== undefined) this.#names.set(slot, client.name);
    else if (this.#names.size > 0) this.#names.delete(slot);
  }

  remove(slot: number): void {
    this.address[slot] = 0;
    this.#names.delete(slot);
    this.#free.push(slot);
  }

  isOf(slot: number, client: Client): boolean {
    if (this.low[slot] !== client.low || this.high[slot] !== client.high) return false;
    return client.name === undefined || this.#names.get(slot) === client.name;
  }

  lease(slot: number): Lease {
    return {
      address: this.address[slot]!,
      client: this.client(slot),
      state: STATES[this.state[slot]!]!,
      expires: this.expires[slot]!,
    };
  }

  client(slot: number): ClientKey {
    const low = this.low[slot]!;
    const high = this.high[slot]!;
    if (high === HASHED) return this.#names.get(slot)!;
    return `${HEX[high >>> 8]}:${HEX[high & 255]}:${HEX[low >>> 24]}:${HEX[(low >>> 16) & 255]}:${HEX[(low >>> 8) & 255]}:${HEX[low & 255]}`;
  }

  /** Makes room for so many slots. Memory that is not written to costs nothing. */
  reserve(length: number): void {
    if (length <= this.address.length) return;
    const wider = <Column extends Uint32Array | Uint16Array | Uint8Array | Float64Array | Int32Array>(
      column: Column,
    ): Column => {
      const next = new (column.constructor as new (length: number) => Column)(length);
      next.set(column);
      return next;
    };
    this.address = wider(this.address);
    this.low = wider(this.low);
    this.high = wider(this.high);
    this.network = wider(this.network);
    this.state = wider(this.state);
    this.expires = wider(this.expires);
    this.position = wider(this.position);
  }
}

/** "52:54:00:aa:bb:cc" → its numbers; anything else by its hash. */
export function clientOf(key: ClientKey): Client {
  if (key.length === 17) {
    let high = 0;
    let low = 0;
    let ok = true;
    for (let byte = 0; byte < 6 && ok; byte++) {
      const value = (nibble(key.charCodeAt(byte * 3)) << 4) | nibble(key.charCodeAt(byte * 3 + 1));
      ok = value >= 0 && (byte === 5 || key.charCodeAt(byte * 3 + 2) === 58);
      if (byte < 2) high = (high << 8) | value;
      else low = (low << 8) | value;
    }
    if (ok) return { low: low >>> 0, high, name: undefined };
  }
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return { low: hash >>> 0, high: HASHED, name: key };
}

/** Lower-case digits alone: what is spelled otherwise is another name. -1 for others, which stays negative above. */
function nibble(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 97 && code <= 102) return code - 87;
  return -1;
}
