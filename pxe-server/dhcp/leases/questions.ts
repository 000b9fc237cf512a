import type { ClientKey, Lease } from './lease.ts';

/** What people want of the leases, and what they are told. */
export type LeaseQuestion =
  | { ask: 'page'; from: number; limit: number; filter: LeaseFilter }
  | { ask: 'release'; address: number }
  | { ask: 'release'; client: ClientKey }
  | { ask: 'import'; leases: Lease[]; take: Overruled[]; dryRun: boolean };

/** Which leases; each part that is there has to fit, but `text` or `clients` is enough. */
export interface LeaseFilter {
  /** live: offered, bound or declined, and not over. */
  state: LeaseState | 'live' | 'all';
  /** Bounds of a subnet, both within. */
  within?: { first: number; last: number };
  /** Part of an address or of a client, in lower case. */
  text?: string;
  clients?: ClientKey[];
}

/** As people see them: a lease that is over and was not given back is ended. */
export type LeaseState = Lease['state'] | 'ended';
export const LEASE_STATES = ['bound', 'offered', 'ended', 'released', 'declined'] as const;

export interface LeasePage {
  /** By address. */
  leases: Lease[];
  /** Where the next page begins; undefined behind the last lease. */
  next?: number;
  /** Leases in memory, whatever their state. */
  total: number;
  /** Milliseconds since the epoch where the leases are: what the states hang on. */
  now: number;
}

export interface Released {
  /** As they were. */
  released: Lease[];
}

/** Why a lease of a file is left out. */
export type Verdict =
  | 'unserved'
  | 'excluded'
  | 'outside'
  | 'leased'
  | 'elsewhere'
  | 'reserved'
  | 'ended'
  | 'unchanged';

/** Verdicts that a person may overrule: a lease takes another's place; an address is given though it is promised. */
export const OVERRULED = ['leased', 'reserved'] as const;
export type Overruled = (typeof OVERRULED)[number];

export interface Imported {
  taken: number;
  /** Index in the list that was given, and why. */
  left: [index: number, why: Verdict][];
}

/** Asks what has the leases. @throws RackhandError leases-unwritten | leases-invalid */
export interface LeaseOffice {
  page(from: number, limit: number, filter: LeaseFilter): Promise<LeasePage>;
  release(what: { address: number } | { client: ClientKey }): Promise<Released>;
  import(leases: Lease[], take: Overruled[], dryRun: boolean): Promise<Imported>;
}

/** The office by way of single questions, whose pages may end before they are full. */
export function officeOf(ask: (question: LeaseQuestion) => Promise<unknown>): LeaseOffice {
  return {
    async page(from, limit, filter) {
      const page: LeasePage = { leases: [], next: from, total: 0, now: 0 };
      while (page.next !== undefined && page.leases.length < limit) {
        const wanted = limit - page.leases.length;
        const part = (await ask({ ask: 'page', from: page.next, limit: wanted, filter })) as LeasePage;
        page.leases.push(...part.leases);
        page.total = part.total;
        page.now = part.now;
        if (part.next === undefined) delete page.next;
        else page.next = part.next;
      }
      return page;
    },
    release: (what) => ask({ ask: 'release', ...what }) as Promise<Released>,
    import: (leases, take, dryRun) => ask({ ask: 'import', leases, take, dryRun }) as Promise<Imported>,
  };
}

export function stateOf({ state, expires }: Pick<Lease, 'state' | 'expires'>, now: number): LeaseState {
  return state === 'released' || expires > now ? state : 'ended';
}
