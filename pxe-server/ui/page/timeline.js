// Events, newest first, a heading for each day; older ones on demand.
import { dayOf, localZone, stampOf, timeOf, zoneNow } from './clock.js';
import { button, element } from './dom.js';

const FIRST = 20;
const MORE = 100;
/** Events kept on the page; beyond it the oldest go. */
const MOST = 500;
/** Milliseconds for which new events are gathered: a rack that boots makes many. */
const GATHER = 150;

export class Timeline {
  node;
  #api;
  #hostId;
  #nameOf;
  /** Newest first, each with its line: { event, line }. */
  #entries = [];
  #waiting;
  #list = element('ol', { class: 'events' });
  #older = button('Older events', () => void this.#loadOlder());
  #zone = element('span', { class: 'hint' });
  #wrong = element('p', { role: 'alert' });

  /** Of one host, or of everything when `hostId` is null: then each event names its host. */
  constructor(api, hostId, nameOf) {
    this.#api = api;
    this.#hostId = hostId;
    this.#nameOf = hostId === null ? nameOf : () => undefined;
    this.#older.hidden = true;
    this.node = element(
      'div',
      {},
      element('h3', {}, 'Timeline ', this.#zone),
      this.#list,
      this.#wrong,
      this.#older,
    );
  }

  async load() {
    await this.#read(FIRST, '');
  }

  /** A new event, when it belongs here. */
  add(event) {
    if (this.#hostId !== null && event.hostId !== this.#hostId) return;
    if (event.id <= (this.#entries[0]?.event.id ?? 0)) return;
    this.#entries.unshift(this.#entry(event));
    this.#entries.length = Math.min(this.#entries.length, MOST);
    this.#waiting ??= setTimeout(() => this.#show(), GATHER);
  }

  /** All lines anew: times are to be read in another zone, or the server is there again. */
  draw() {
    if (this.#wrong.textContent !== '') void this.load();
    this.#entries = this.#entries.map(({ event }) => this.#entry(event));
    this.#show();
  }

  async #loadOlder() {
    await this.#read(MORE, `&before=${this.#entries.at(-1).event.id}`);
  }

  /** Older events, whose number tells whether there are more. */
  #take(events, wanted) {
    const known = new Set(this.#entries.map(({ event }) => event.id));
    const fresh = events.filter((event) => !known.has(event.id)).map((event) => this.#entry(event));
    this.#entries = [...this.#entries, ...fresh].sort((a, b) => b.event.id - a.event.id);
    this.#older.hidden = events.length < wanted || this.#entries.length >= MOST;
    this.#show();
  }

  #show() {
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
    const days = Map.groupBy(this.#entries, ({ event }) => dayOf(event.time));
    const lines = [...days].flatMap(([day, entries]) => [
      element('li', { class: 'day' }, day),
      ...entries.map(({ line }) => line),
    ]);
    this.#list.replaceChildren(...lines);
    this.#zone.textContent = zoneNow() === 'utc' ? 'UTC' : localZone();
  }

  #entry(event) {
    return { event, line: lineOf(event, event.hostId && this.#nameOf(event.hostId)) };
  }

  async #read(limit, query) {
    const host = this.#hostId === null ? '' : `&host=${this.#hostId}`;
    try {
      this.#take((await this.#api.get(`/events?limit=${limit}${query}${host}`)).events, limit);
      this.#wrong.textContent = '';
    } catch (error) {
      this.#wrong.textContent = error.message;
    }
  }
}

function lineOf({ time, kind, severity, message }, name) {
  const at = element('time', { datetime: time, title: `${stampOf(time)} (${time})` }, timeOf(time));
  const grave = severity === 'error' || severity === 'warning';
  const told = element('span', { class: `message ${severity}` });
  if (grave) told.append(element('span', { class: 'unseen' }, `${severity}: `));
  if (name) told.append(element('a', { href: `#host=${encodeURIComponent(name)}` }, name), ' ');
  told.append(message);
  return element('li', {}, at, element('span', { class: 'kind' }, kind), told);
}
