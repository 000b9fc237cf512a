/** Milliseconds in which the word of a token that was minted has come, also when control has just restarted. */
const GRACE_MS = 30_000;
/** Unknown tokens that are remembered: anybody can show us any number of them. */
const MOST = 10_000;

/**
 * Machines that are faster than the word of their token, which goes from the boot role to control by another way.
 * An agent that is refused stops for good, so that a token that nobody knows is refused only after a while.
 */
export class Latecomers {
  /** By hash: when it was first shown, oldest first. */
  readonly #shown = new Map<string, number>();

  /** @param now milliseconds */
  mayCome(hash: string, now: number): boolean {
    const first = this.#shown.get(hash);
    if (first !== undefined) return now - first < GRACE_MS;
    this.#shown.set(hash, now);
    if (this.#shown.size > MOST) this.#shown.delete(this.#shown.keys().next().value!);
    return true;
  }
}
