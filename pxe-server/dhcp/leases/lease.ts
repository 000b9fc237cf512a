import { inNetwork, type Network } from '../../net/ipv4.ts';

/** Who holds an address: the hardware address where there is one. See docs/decisions/0006. */
export type ClientKey = string;

export interface Lease {
  /** Address as a number. */
  address: number;
  client: ClientKey;
  /** offered: for seconds, in memory only; bound: on disk; declined: the address answers elsewhere. */
  state: 'offered' | 'bound' | 'released' | 'declined';
  /** Milliseconds since the epoch. */
  expires: number;
}

export interface Pool {
  network: Network;
  ranges: { from: number; to: number }[];
  /** Our own address, the router: never given out. */
  excluded: ReadonlySet<number>;
}

/** Whom the operator promised an address; both ways, since a promised address leaves the pool. */
export interface Reservations {
  addressOf(client: ClientKey): number | undefined;
  clientOf(address: number): ClientKey | undefined;
}

export function inPool(pool: Pool, address: number): boolean {
  for (const { from, to } of pool.ranges)
    if (address >= from && address <= to) return !pool.excluded.has(address);
  return false;
}

/** The client's reserved address if it lies in this network. */
export function reservedIn(pool: Pool, client: ClientKey, reservations: Reservations): number | undefined {
  const reserved = reservations.addressOf(client);
  const usable = reserved !== undefined && inNetwork(pool.network, reserved) && !pool.excluded.has(reserved);
  return usable ? reserved : undefined;
}

/** Whether a client was offered or given the address of a lease. */
export function isHolder(lease: Lease | undefined, client: ClientKey): lease is Lease {
  return lease?.client === client && (lease.state === 'bound' || lease.state === 'offered');
}

export function isOver(lease: Pick<Lease, 'state' | 'expires'>, now: number): boolean {
  return lease.state === 'released' || lease.expires <= now;
}
