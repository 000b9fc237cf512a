import { isOver, type Lease } from '../leases/lease.ts';

/** Somebody was heard at an address of a pool. */
export interface Heard {
  /** MAC that answered or spoke; undefined when a router is between. */
  by: string | undefined;
  /** What the table has of the address. */
  lease: Lease | undefined;
  /** What the table has of the lease's client: the same, when it went nowhere else. */
  current: Lease | undefined;
  /** The address is promised to a machine: where that one is, nobody else gets it. */
  reserved: boolean;
  now: number;
}

/**
 * `keep`: it is the machine whose lease or offer has ended; it goes on using the address, so nobody else gets it.
 * `conflict`: nobody whom it was given to.
 */
export type Verdict = 'nothing' | 'keep' | 'conflict';

/** A quarantine that ends within this is renewed; before, what answers there is known already. Milliseconds. */
const NEARLY_OVER = 60_000;
const MAC = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/;

/**
 * What it means that somebody is heard at an address. Never a conflict: who holds the lease, and who may be him.
 * A bound lease is its client's, whatever answers there: a machine has several MACs and answers with any of
 * them, and a client that finds another at its address declines it (RFC 2131 3.1). Pure.
 */
export function verdict({ by, lease, current, reserved, now }: Heard): Verdict {
  if (reserved) return 'nothing';
  if (!lease) return 'conflict';
  if (lease.state === 'declined') return lease.expires - now < NEARLY_OVER ? 'conflict' : 'nothing';
  if (!isOver(lease, now)) {
    if (lease.state === 'bound' || by === undefined || !MAC.test(lease.client)) return 'nothing';
    return lease.client === by ? 'nothing' : 'conflict';
  }
  // Without a MAC the one who had it last is the likeliest.
  if (by !== undefined && lease.client !== by) return 'conflict';
  const elsewhere = current && current.address !== lease.address && !isOver(current, now);
  return elsewhere ? 'conflict' : 'keep';
}
