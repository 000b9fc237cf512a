/** A server that was silent for so long is told again when it comes back; and one that stays, after a day. */
const SILENT = 30 * 60_000;
const DAY = 86_400_000;
/** Servers that are remembered, and that are told of between two rounds of the search: anybody can invent more. */
const MOST = 64;
const TOLD = 8;

interface Known {
  /** What was told of it, a bit each: not the address and the boot file, which may be others each time. */
  faults: number;
  told: number;
  heard: number;
}

/** Which foreign servers the operator knows of. */
export class KnownServers {
  readonly #known = new Map<string, Known>();
  #told = 0;

  /**
   * @param who server and MAC @param faults what is wrong with it, a bit each
   * @returns whether to tell of it now
   */
  heard(who: string, faults: number, now: number): boolean {
    const before = this.#known.get(who);
    const news =
      !before || faults & ~before.faults || now - before.heard > SILENT || now - before.told >= DAY;
    if (!news) {
      before.heard = now;
      return false;
    }
    if (this.#told >= TOLD) return false;
    this.#told += 1;
    this.#known.delete(who);
    this.#known.set(who, { faults: faults | (before?.faults ?? 0), told: now, heard: now });
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MOST) break;
      this.#known.delete(oldest);
    }
    return true;
  }

  /** A new round: as many may be told as before. */
  round(): void {
    this.#told = 0;
  }
}
