/** Items of one write: a transaction of so many rows holds the loop for some milliseconds. */
const MOST = 1000;

interface Waiting<Item, Result> {
  item: Item;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

/**
 * Writers that come while the disk is being waited for share the next transaction: what a commit costs is its sync.
 * Who comes alone waits for nobody. Items are written in the order in which they came.
 */
export class GroupCommit<Item, Result> {
  readonly #write: (items: Item[]) => Promise<Result[]>;
  #waiting: Waiting<Item, Result>[] = [];
  #running = false;

  /** @param write all of them or, when it rejects, none; a result for each, in their order */
  constructor(write: (items: Item[]) => Promise<Result[]>) {
    this.#write = write;
  }

  /** Resolves when the item is on disk. @throws what its own write threw */
  commit(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) await this.#together(this.#waiting.splice(0, MOST));
    this.#running = false;
  }

  async #together(group: Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#write(group.map(({ item }) => item));
      for (const [i, { resolve }] of group.entries()) resolve(results[i]!);
    } catch (error) {
      if (group.length === 1) return group[0]!.reject(error);
      // One that cannot be written takes no other along.
      for (const waiting of group) await this.#together([waiting]);
    }
  }
}
