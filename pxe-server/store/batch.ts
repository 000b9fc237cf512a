import { setTimeout } from 'node:timers/promises';

/** Items of one write: a transaction of so many rows holds the loop for some milliseconds. */
const MOST = 1000;

/**
 * Collects what comes in one by one for a writer that takes many at once: each transaction waits for the disk,
 * so that ten thousand of one row are seconds, and ten of a thousand rows are not.
 */
export class Batch<Item> {
  readonly #write: (items: Item[]) => Promise<unknown>;
  readonly #onError: (error: unknown) => void;
  readonly #pause: number;
  readonly #items: Item[] = [];
  #running: Promise<void> | undefined;

  /** @param pause milliseconds in which more is waited for */
  constructor(
    write: (items: Item[]) => Promise<unknown>,
    onError: (error: unknown) => void,
    { pause }: { pause: number },
  ) {
    this.#write = write;
    this.#onError = onError;
    this.#pause = pause;
  }

  add(item: Item): void {
    this.#items.push(item);
    this.#running ??= this.#run();
  }

  /** Resolves when all that was added has been written, or has failed. */
  async drained(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#items.length > 0) {
      await setTimeout(this.#pause);
      const items = this.#items.splice(0, MOST);
      await this.#write(items).catch(this.#onError);
    }
    this.#running = undefined;
  }
}
