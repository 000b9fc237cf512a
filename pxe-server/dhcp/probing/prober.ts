import { inNetwork, ipv4Text } from '../../net/ipv4.ts';
import type { Reactor } from '../../net/reactor.ts';
import { inPool, type Lease, type Pool, type Reservations } from '../leases/lease.ts';
import type { LeaseTable } from '../leases/table.ts';
import type { DhcpEvent } from '../reports.ts';
import { Conflicts, QUARANTINE } from './conflicts.ts';
import { Looks, REMEMBERED } from './looks.ts';
import { verdict } from './verdict.ts';

/** Probes of a second, and how often some are sent. */
const PER_SECOND = 50;
const INTERVAL = 100;
/** Without anything to ask, what is asked next is looked up so often. Milliseconds. */
const IDLE = 1000;
/** Addresses of each pool that are looked at ahead of those who will ask for one. */
const AHEAD = 64;
/** Who answers where a router hides the MAC. */
const BEHIND_ROUTER = 'id:6563686f';

/** How a question reaches an address: ARP on a link, ICMP echo through a router. */
export interface Medium {
  /** @returns whether it was sent */
  ask(address: number): boolean;
  /** @param heard MAC of who uses the address, if it shows. @returns what ends it */
  hear(heard: (address: number, by: string | undefined) => void): () => void;
}

export interface ProberOptions {
  medium: Medium;
  pools: readonly Pool[];
  leases: LeaseTable;
  reservations: Reservations;
  /** Keeps a lease, in memory and on disk. */
  save(lease: Lease): void;
  tell(event: DhcpEvent): void;
  now(): number;
}

/**
 * Looks at the addresses that would be given next, and listens to who speaks: an address that somebody uses goes into
 * quarantine as if it had been declined. All of it in the background; no offer waits for it. See docs/decisions/0015.
 */
export class Prober {
  readonly #options: ProberOptions;
  readonly #reactor: Reactor;
  readonly #looks: Looks;
  readonly #conflicts: Conflicts;
  #candidates: number[] = [];
  #refreshed = Number.NEGATIVE_INFINITY;
  #complained = Number.NEGATIVE_INFINITY;
  readonly #ends: (() => void)[];

  constructor(options: ProberOptions, reactor: Reactor) {
    this.#options = options;
    this.#reactor = reactor;
    this.#looks = new Looks(2 * AHEAD * options.pools.length);
    this.#conflicts = new Conflicts(options.pools.reduce((sum, pool) => sum + sizeOf(pool), 0));
    this.#ends = [options.medium.hear((address, by) => this.#heard(address, by)), this.#later(INTERVAL)];
  }

  stop(): void {
    for (const end of this.#ends) end();
  }

  #later(milliseconds: number): () => void {
    const end = this.#reactor.after(milliseconds, () => {
      this.#turn();
      this.#ends[1] = this.#later(this.#looks.busy || this.#candidates.length > 0 ? INTERVAL : IDLE);
    });
    return end;
  }

  #turn(): void {
    const { medium, leases, now } = this.#options;
    const time = performance.now();
    if (this.#candidates.length === 0) this.#refresh(time);
    const { ask, free } = this.#looks.turn(this.#candidates, (PER_SECOND * INTERVAL) / 1000, time);
    this.#candidates = this.#candidates.filter((address) => this.#looks.wants(address, time));
    for (const address of ask) if (!medium.ask(address)) this.#looks.failed(address);
    for (const address of free) {
      this.#conflicts.gone(address);
      leases.lookedAt(address, now() + REMEMBERED);
    }
  }

  #refresh(time: number): void {
    if (time - this.#refreshed < IDLE) return;
    this.#refreshed = time;
    const { pools, leases, reservations, now } = this.#options;
    this.#candidates = [
      ...this.#conflicts.toLookAt(time),
      ...pools.flatMap((pool) => leases.upcoming(pool, AHEAD, reservations, now())),
    ].filter((address) => this.#looks.wants(address, time));
  }

  #heard(address: number, by: string | undefined): void {
    const { pools, leases, reservations, now } = this.#options;
    const pool = pools.find(({ network }) => inNetwork(network, address));
    if (!pool || !inPool(pool, address)) return;
    const time = now();
    this.#looks.answered(address, performance.now());
    const lease = leases.at(address);
    const current = lease && leases.of(lease.client, pool.network);
    const reserved = reservations.clientOf(address) !== undefined;
    const judged = verdict({ by, lease, current, reserved, now: time });
    if (judged === 'keep') this.#options.save({ ...lease!, state: 'bound', expires: time + QUARANTINE });
    if (judged === 'conflict') this.#quarantine(address, by, time);
  }

  #quarantine(address: number, by: string | undefined, now: number): void {
    const found = this.#conflicts.found(address, by ?? 'a router', performance.now());
    if (!found.quarantine) {
      this.#complain(address, by, found.why);
      return;
    }
    const client = by ?? BEHIND_ROUTER;
    this.#options.save({ address, client, state: 'declined', expires: now + QUARANTINE });
    if (!found.tell) return;
    const who =
      by === undefined ? 'a machine that was not given it answers there' : `${by} uses it without a lease`;
    const message = `${who}; nobody else gets it while that lasts: take it out of the ranges, or the machine off it`;
    this.#options.tell({ kind: 'conflict', address: ipv4Text(address), ...(by ? { mac: by } : {}), message });
  }

  /** Answers for everything would empty the pool. */
  #complain(address: number, by: string | undefined, why: 'one' | 'many'): void {
    if (performance.now() - this.#complained < QUARANTINE) return;
    this.#complained = performance.now();
    const who = by ?? 'somebody';
    const message =
      why === 'one'
        ? `${who} answers for ever more addresses of the pool, as a router with proxy ARP does: no more of them are kept back`
        : `more addresses of the pool are in use without a lease than a quarter; no more of them are kept back (${who})`;
    this.#options.tell({ kind: 'conflict', address: ipv4Text(address), ...(by ? { mac: by } : {}), message });
  }
}

function sizeOf({ ranges }: Pool): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0);
}
