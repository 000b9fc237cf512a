// The hosts as they are now: loaded once, then kept up by the stream, and shown by its parts.
import { Actions } from './actions.js';
import { serverNow, timeOf } from './clock.js';
import { Detail } from './detail.js';
import { $ } from './dom.js';
import { HostTable } from './host-table.js';
import { Leases } from './leases.js';
import { pair } from './pairing.js';
import { Queue } from './queue.js';
import { follow } from './stream.js';

/** Milliseconds between two looks at ages and at the chosen host, which change without an event. */
const TICK = 10_000;

export class Board {
  #api;
  #table;
  #detail;
  #leases;
  #queue;
  #ended = new AbortController();
  #after;
  #pairing = new Set();

  constructor(api) {
    this.#api = api;
    const actions = new Actions(api, (host) => this.#pair(host));
    this.#table = new HostTable(actions);
    this.#leases = new Leases(api);
    this.#queue = new Queue(api);
    this.#detail = new Detail(api, actions, {
      nameOf: (id) => this.#table.nameOf(id),
      onChosen: (id) => this.#table.choose(id),
    });
  }

  /** Finds where the stream has to begin; the hosts are read when it runs. @throws ApiError */
  async load() {
    const { events } = await this.#api.get('/events?limit=1');
    this.#after = events.at(-1)?.id ?? 0;
  }

  start() {
    const { signal } = this.#ended;
    this.#table.listen(signal);
    this.#detail.listen(signal);
    this.#leases.listen(signal);
    this.#queue.start();
    $('pair').addEventListener('click', () => this.#pair(), { signal });
    const tick = setInterval(() => {
      this.#table.tick();
      this.#detail.tick();
      this.#leases.tick();
    }, TICK);
    signal.addEventListener('abort', () => clearInterval(tick));
    void follow(this.#api, this.#after, this.#heard, signal);
  }

  end() {
    this.#ended.abort();
    this.#detail.close();
    this.#leases.end();
    this.#queue.end();
    this.#table.replaceAll([]);
  }

  #heard = {
    host: (row) => {
      this.#table.put(row);
      this.#detail.changed(row.id);
    },
    removed: (id) => {
      this.#table.remove(id);
      this.#detail.removed(id);
    },
    event: (event) => {
      this.#detail.event(event);
      this.#leases.event(event);
      this.#queue.event(event);
      for (const told of this.#pairing) told(event);
    },
    link: (up) => void this.#linked(up),
  };

  /** At first and after a break all hosts are read: what happened to them before was not sent. */
  async #linked(up) {
    if (!up) {
      if ($('notice').hidden) {
        const since = timeOf(new Date(serverNow()).toISOString());
        $('notice').textContent =
          `No connection to the server since ${since}. Trying again; what is shown may be old.`;
      }
      $('notice').hidden = false;
      return;
    }
    try {
      this.#table.replaceAll((await this.#api.get('/overview')).hosts);
      this.#detail.refresh();
      $('notice').hidden = true;
    } catch {
      // the stream will end too, and this is tried again with it
    }
  }

  #pair(host) {
    void pair(this.#api, host, (told) => {
      this.#pairing.add(told);
      return () => this.#pairing.delete(told);
    });
  }
}
