/** A binary heap: the item with the smallest key on top. An item's key must not change while it lies in it. */
export class Heap<T> {
  readonly #keyOf: (item: T) => number;
  readonly #items: T[] = [];

  constructor(keyOf: (item: T) => number, items: Iterable<T> = []) {
    this.#keyOf = keyOf;
    for (const item of items) this.push(item);
  }

  get size(): number {
    return this.#items.length;
  }

  get first(): T | undefined {
    return this.#items[0];
  }

  /** In no order. */
  [Symbol.iterator](): Iterator<T> {
    return this.#items.values();
  }

  push(item: T): void {
    const [items, keyOf] = [this.#items, this.#keyOf];
    const key = keyOf(item);
    let at = items.length;
    for (let parent = (at - 1) >> 1; at > 0 && keyOf(items[parent]!) > key; parent = (at - 1) >> 1) {
      items[at] = items[parent]!;
      at = parent;
    }
    items[at] = item;
  }

  pop(): T | undefined {
    const [items, keyOf] = [this.#items, this.#keyOf];
    const top = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return top;
    const key = keyOf(last);
    let at = 0;
    for (let child = 1; child < items.length; child = 2 * at + 1) {
      if (child + 1 < items.length && keyOf(items[child + 1]!) < keyOf(items[child]!)) child += 1;
      if (keyOf(items[child]!) >= key) break;
      items[at] = items[child]!;
      at = child;
    }
    items[at] = last;
    return top;
  }
}
