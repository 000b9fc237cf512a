import type { SubnetState } from '../exchange.ts';
import { inPool, isOver, type Lease, type Reservations, reservedIn } from './lease.ts';
import type { Overruled, Verdict } from './questions.ts';
import type { LeaseTable } from './table.ts';

export interface Books {
  table: LeaseTable;
  reservations: Reservations;
  now: number;
  /** What a person wants taken all the same. */
  take: ReadonlySet<Overruled>;
}

/** A lease that is taken, and what its client leaves for it. */
export interface Admitted {
  lease: Lease;
  left?: Lease;
}

/**
 * Whether a lease from elsewhere may be one of ours. It may not be in a place that we give to nobody, nor take what a
 * machine has or was promised, unless a person says so. One that is over only tells which address a machine had:
 * whatever else is known goes before it. Pure.
 * @param subnet the one that the address is in
 */
export function admit(lease: Lease, subnet: SubnetState | undefined, books: Books): Admitted | Verdict {
  const { table, reservations, now, take } = books;
  const { address, client } = lease;
  if (!subnet) return 'unserved';
  const { pool } = subnet;
  const held = table.at(address);
  const known = table.of(client, pool.network);
  const own = held?.client === client && held.state !== 'offered' ? held : undefined;
  if (own && (own.expires >= lease.expires || isOver(lease, now))) return 'unchanged';
  const reserved = reservedIn(pool, client, reservations);
  const promised = reservations.clientOf(address);
  if (pool.excluded.has(address)) return 'excluded';
  if (reserved !== address && !inPool(pool, address)) return 'outside';
  if (isOver(lease, now)) return held || known ? 'ended' : { lease };
  const breaks = (promised !== undefined && promised !== client) || (reserved ?? address) !== address;
  if (breaks && !take.has('reserved')) return 'reserved';
  if (held && held.client !== client && !isOver(held, now) && !take.has('leased')) return 'leased';
  const elsewhere = known && known.address !== address && known.state === 'bound' && !isOver(known, now);
  if (elsewhere && !take.has('leased')) return 'elsewhere';
  return elsewhere ? { lease, left: { ...known, state: 'released', expires: now } } : { lease };
}
