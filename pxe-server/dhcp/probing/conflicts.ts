/** An address in quarantine is nobody's for so long. Milliseconds. */
export const QUARANTINE = 10 * 60_000;
/** Looked at again so long before that ends, so that a machine that stays is never given to another in between. */
const AHEAD = 30_000;
/** A conflict that stays is told again after this. */
const TOLD_AGAIN = 3600_000;
/** A machine that answers for more is no machine with an address too many: a router that answers for others. */
const PER_MAC = 32;
const MOST = 1024;

interface Conflict {
  by: string;
  until: number;
  told: number;
}

/** `tell`: the operator does not know of it yet. */
export type Found = { quarantine: true; tell: boolean } | { quarantine: false; why: 'one' | 'many' };

/**
 * Addresses at which somebody answers who should not. Whoever is on the link can answer for every address; so that
 * this cannot take the pool away, there is an end to it: for each MAC, and for a quarter of the pool.
 */
export class Conflicts {
  readonly #conflicts = new Map<number, Conflict>();
  readonly #most: number;

  /** @param addresses of all pools together */
  constructor(addresses: number) {
    this.#most = Math.min(MOST, Math.max(8, Math.floor(addresses / 4)));
  }

  /** @param by MAC, or whatever names who answered */
  found(address: number, by: string, now: number): Found {
    const before = this.#conflicts.get(address);
    this.#forget(now);
    const others = [...this.#conflicts]
      .filter(([other]) => other !== address)
      .map(([, conflict]) => conflict);
    if (others.length >= this.#most) return { quarantine: false, why: 'many' };
    if (others.filter((conflict) => conflict.by === by).length >= PER_MAC)
      return { quarantine: false, why: 'one' };
    const tell = before?.by !== by || now - before.told >= TOLD_AGAIN;
    const told = tell ? now : before!.told;
    this.#conflicts.set(address, { by, until: now + QUARANTINE, told });
    return { quarantine: true, tell };
  }

  /** Addresses whose quarantine ends soon. */
  toLookAt(now: number): number[] {
    return [...this.#conflicts].filter(([, { until }]) => until - now < AHEAD).map(([address]) => address);
  }

  /** Nobody answered any more. */
  gone(address: number): void {
    this.#conflicts.delete(address);
  }

  #forget(now: number): void {
    for (const [address, { until }] of this.#conflicts) if (until <= now) this.#conflicts.delete(address);
  }
}
