// The table of hosts: filtered, ordered, and rendered as far down as somebody has scrolled.
import { Bar } from './bar.js';
import { $ } from './dom.js';
import { HostRow } from './host-row.js';
import { listenToKeys } from './keys.js';
import { searchText } from './order.js';
import { layRows } from './rows.js';

/** Rows rendered at first, and each time that the end of the table comes near. */
const STEP = 100;
/** Milliseconds for which changes are gathered before the order is looked at again. */
const GATHER = 200;

export class HostTable {
  #actions;
  #bar = new Bar(() => this.#fromTop());
  /** By id: { host, text }. */
  #hosts = new Map();
  /** The rendered ones, by id. */
  #rows = new Map();
  /** Hosts that the filter leaves, in order. */
  #order = [];
  #shown = STEP;
  #chosen = null;
  #waiting;

  constructor(actions) {
    this.#actions = actions;
  }

  listen(signal) {
    this.#bar.listen(signal);
    listenToKeys(signal);
    // A busy page gets several sightings at once: the last one is how it is now.
    const sighted = (sightings) => sightings.at(-1).isIntersecting && this.#grow(end);
    const end = new IntersectionObserver(sighted, { rootMargin: '1000px' });
    end.observe($('more'));
    signal.addEventListener('abort', () => end.disconnect());
  }

  replaceAll(hosts) {
    this.#hosts = new Map(hosts.map((host) => [host.id, { host, text: searchText(host) }]));
    this.#arrange();
  }

  put(host) {
    const before = this.#hosts.get(host.id);
    const now = { host, text: searchText(host) };
    this.#hosts.set(host.id, now);
    this.#rows.get(host.id)?.update(host);
    if (!before || before.host.state !== host.state || this.#moves(before, now)) this.#arrangeSoon();
  }

  remove(id) {
    this.#hosts.delete(id);
    this.#arrangeSoon();
  }

  /** Marks the host that the panel shows; the focus comes back from a panel that is closed. */
  choose(id) {
    const left = this.#rows.get(this.#chosen);
    left?.mark(false);
    if (id === null && $('detail').contains(document.activeElement)) left?.focus();
    this.#chosen = id;
    this.#rows.get(id)?.mark(true);
  }

  nameOf(id) {
    return this.#hosts.get(id)?.host.name;
  }

  /** Ages grow without an event. */
  tick() {
    for (const row of this.#rows.values()) row.tick();
  }

  #moves(before, now) {
    const { fits, compare } = this.#bar;
    return (
      fits(before.host, before.text) !== fits(now.host, now.text) || compare(before.host, now.host) !== 0
    );
  }

  #arrangeSoon() {
    this.#waiting ??= setTimeout(() => this.#arrange(), GATHER);
  }

  /** A person changed what is to be seen. */
  #fromTop() {
    this.#shown = STEP;
    this.#arrange();
  }

  #arrange() {
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
    const { fits, compare } = this.#bar;
    const all = [...this.#hosts.values()];
    this.#order = all.filter(({ host, text }) => fits(host, text)).map(({ host }) => host);
    this.#order.sort(compare);
    this.#render();
    this.#bar.tell(
      all.map(({ host }) => host),
      this.#order.length,
    );
  }

  #grow(observer) {
    if (this.#shown >= this.#order.length) return;
    this.#shown += STEP;
    this.#render();
    observer.unobserve($('more')); // observed anew it tells again, should the end still be near
    observer.observe($('more'));
  }

  /** Brings the rows into order with as few moves as possible; what has the focus keeps it. */
  #render() {
    const focus = document.activeElement;
    layRows($('rows'), this.#rows, this.#order.slice(0, this.#shown), {
      idOf: (host) => host.id,
      make: (host) => this.#rowOf(host),
    });
    if (focus !== document.activeElement && focus?.isConnected) focus.focus({ preventScroll: true });
  }

  #rowOf(host) {
    const row = new HostRow(host, this.#actions);
    row.mark(host.id === this.#chosen);
    return row;
  }
}
