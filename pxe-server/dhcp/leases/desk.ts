import { RackhandError } from '../../../builder/shared/errors.ts';
import { inNetwork, ipv4Text } from '../../net/ipv4.ts';
import type { SubnetState } from '../exchange.ts';
import { type Admitted, admit } from './admit.ts';
import { FrameWriter } from './frames.ts';
import type { ClientKey, Lease, Reservations } from './lease.ts';
import type { LeaseLog } from './log.ts';
import {
  type Imported,
  type LeaseFilter,
  type LeasePage,
  type LeaseQuestion,
  type Released,
  stateOf,
} from './questions.ts';
import type { LeaseTable } from './table.ts';

/** Milliseconds that one part of a page may take: machines wait meanwhile. */
const PART_MS = 2;

export interface LeaseDeskParts {
  table: LeaseTable;
  log: LeaseLog;
  subnets: readonly SubnetState[];
  reservations: Reservations;
  now(): number;
  /** Milliseconds of a clock that only goes forwards. */
  elapsed?(): number;
}

/**
 * Answers people's questions about the leases, where the leases are. What is changed is on disk before it is told, and
 * one commit has all of it or nothing.
 */
export class LeaseDesk {
  readonly #parts: LeaseDeskParts;
  readonly #elapsed: () => number;

  constructor(parts: LeaseDeskParts) {
    this.#parts = parts;
    this.#elapsed = parts.elapsed ?? (() => performance.now());
  }

  /** @throws RackhandError leases-unwritten | leases-invalid */
  ask(question: LeaseQuestion): LeasePage | Released | Imported {
    switch (question.ask) {
      case 'page':
        return this.#page(question.from, question.limit, question.filter);
      case 'release':
        return this.#release('address' in question ? question.address : question.client);
      case 'import':
        return this.#import(question);
    }
  }

  /** As many as there is time for, from an address on. */
  #page(from: number, limit: number, filter: LeaseFilter): LeasePage {
    const { table } = this.#parts;
    const now = this.#parts.now();
    const fits = fitting(filter, now);
    const until = this.#elapsed() + PART_MS;
    const leases: Lease[] = [];
    const next = table.scan(
      from,
      (lease) => {
        if (fits(lease)) leases.push(lease);
        return leases.length < limit;
      },
      () => this.#elapsed() < until,
    );
    return { leases, total: table.size, now, ...(next === undefined ? {} : { next }) };
  }

  #release(which: number | ClientKey): Released {
    const { table, subnets, now } = this.#parts;
    const found =
      typeof which === 'number'
        ? [table.at(which)]
        : subnets.flatMap(({ pool: { network } }) => {
            const all = [table.of(which, network), table.offerTo(which, network)];
            return all.filter((lease, i) => i === 0 || lease?.address !== all[0]?.address);
          });
    const released = found.filter((lease) => lease !== undefined && lease.state !== 'released') as Lease[];
    const saved = released.filter(({ state }) => state !== 'offered');
    const after = saved.map((lease): Lease => ({ ...lease, state: 'released', expires: now() }));
    this.#commit(after);
    for (const lease of after) table.put(lease);
    for (const lease of released) if (lease.state === 'offered') table.drop(lease);
    return { released };
  }

  #import({ leases, take, dryRun }: Extract<LeaseQuestion, { ask: 'import' }>): Imported {
    const { table, subnets, reservations, now } = this.#parts;
    const books = { table, reservations, now: now(), take: new Set(take) };
    const admitted: Admitted[] = [];
    const left: Imported['left'] = [];
    // Of several of a client in one network, the one that ends last is the one that it has.
    const order = leases.map((_, i) => i).sort((a, b) => leases[b]!.expires - leases[a]!.expires);
    const seen = new Set<string>();
    for (const i of order) {
      const lease = leases[i]!;
      const subnet = subnets.find(({ pool }) => inNetwork(pool.network, lease.address));
      const verdict = admit(lease, subnet, books);
      const once = `${subnet?.pool.network.first} ${lease.client}`;
      if (typeof verdict === 'string') left.push([i, verdict]);
      else if (lease.state !== 'declined' && seen.has(once)) left.push([i, 'elsewhere']);
      else {
        admitted.push(verdict);
        if (lease.state !== 'declined') seen.add(once);
      }
    }
    left.sort(([a], [b]) => a - b);
    if (dryRun) return { taken: admitted.length, left };
    const changed = admitted.flatMap(({ lease, left: gone }) => (gone ? [gone, lease] : [lease]));
    this.#commit(changed);
    for (const lease of changed) table.put(lease);
    return { taken: admitted.length, left };
  }

  /** All of them or none, in one frame of the log. */
  #commit(leases: readonly Lease[]): void {
    if (leases.length === 0) return;
    const frame = new FrameWriter();
    for (const lease of leases) frame.add(lease);
    if (frame.isTooLong) {
      const what = `${leases.length} leases are more than one commit can hold`;
      throw new RackhandError('leases-invalid', what, 'import them in several files');
    }
    try {
      this.#parts.log.commit(this.#parts.table, frame);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      const mend = 'check the disk of the state folder, and try again';
      throw new RackhandError('leases-unwritten', `nothing was changed: ${why}`, mend, { cause });
    }
  }
}

function fitting(filter: LeaseFilter, now: number): (lease: Lease) => boolean {
  const { state, within, text } = filter;
  const clients = filter.clients && new Set(filter.clients);
  return (lease) => {
    const shown = stateOf(lease, now);
    if (state === 'live' ? shown === 'ended' || shown === 'released' : state !== 'all' && shown !== state)
      return false;
    if (within && (lease.address < within.first || lease.address > within.last)) return false;
    if (text === undefined && !clients) return true;
    if (clients?.has(lease.client)) return true;
    return text !== undefined && (lease.client.includes(text) || ipv4Text(lease.address).includes(text));
  };
}
