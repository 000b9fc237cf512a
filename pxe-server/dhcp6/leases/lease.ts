import { inNetwork6, type Network6 } from '../../net/ipv6.ts';

/** DUID in hexadecimal, "/", IAID in hexadecimal: what RFC 8415 section 12 tells bindings apart by. */
export type ClientKey6 = string;

export interface Lease6 {
  address: bigint;
  client: ClientKey6;
  /** Of the machine, where it was seen: a reservation is of a MAC. */
  mac?: string | undefined;
  /** offered: for seconds, in memory only; bound: on disk; declined: the address answers elsewhere. */
  state: 'offered' | 'bound' | 'released' | 'declined';
  /** Milliseconds since the epoch. */
  expires: number;
}

export interface Pool6 {
  network: Network6;
  /** Both ends included. */
  range: { from: bigint; to: bigint };
  /** Our own address: never given out. */
  excluded: ReadonlySet<bigint>;
}

/** Whom the operator promised an address; both ways, since a promised address leaves the pool. */
export interface Reservations6 {
  addressOf(mac: string): bigint | undefined;
  macOf(address: bigint): string | undefined;
}

export function inPool6({ range, excluded }: Pool6, address: bigint): boolean {
  return address >= range.from && address <= range.to && !excluded.has(address);
}

/** The machine's reserved address if it lies in this network. */
export function reservedIn6(
  { network, excluded }: Pool6,
  mac: string | undefined,
  reservations: Reservations6,
): bigint | undefined {
  const reserved = mac === undefined ? undefined : reservations.addressOf(mac);
  return reserved !== undefined && inNetwork6(network, reserved) && !excluded.has(reserved)
    ? reserved
    : undefined;
}

export function isOver6(lease: Pick<Lease6, 'state' | 'expires'>, now: number): boolean {
  return lease.state === 'released' || lease.expires <= now;
}
