// Machines that wait for their turn to boot: shown while there are any.
import { $, button, element, setText } from './dom.js';

/** Machines shown; the rest is a number. */
const SHOWN = 100;
/** Milliseconds between two looks while machines wait, and after an event that says that one does. */
const LOOK = 3000;
const SOON = 500;

export class Queue {
  #api;
  #next;
  #ended = false;

  constructor(api) {
    this.#api = api;
  }

  start() {
    void this.#read();
  }

  end() {
    this.#ended = true;
    clearTimeout(this.#next);
    $('queue').hidden = true;
    $('queue-rows').replaceChildren();
  }

  event({ kind }) {
    if (kind === 'waiting') this.#readIn(SOON);
  }

  #readIn(pause) {
    if (this.#ended) return;
    this.#next ??= setTimeout(() => void this.#read(), pause);
  }

  async #read() {
    clearTimeout(this.#next);
    this.#next = undefined;
    const view = await this.#api.get('/queue').catch(() => undefined);
    if (this.#ended) return;
    if (view) this.#show(view);
    if (!view || view.waiting.length > 0) this.#readIn(LOOK);
  }

  #show({ waiting, going, rate }) {
    $('queue').hidden = waiting.length === 0;
    const many = waiting.length === 1 ? '1 machine waits' : `${waiting.length} machines wait`;
    const megabits = Math.round((rate * 8) / 1e6);
    setText($('queue-told'), `${many} for the line: ${going.length} load now, at ${megabits} Mbit/s`);
    const rows = waiting.slice(0, SHOWN).map((one) => this.#row(one));
    if (waiting.length > SHOWN) rows.push(element('p', {}, `and ${waiting.length - SHOWN} more`));
    $('queue-rows').replaceChildren(...rows);
  }

  #row({ place, hostId, name, mac, seconds }) {
    const first = async () => {
      const who = encodeURIComponent(hostId ?? mac ?? name);
      const view = await this.#api.put(`/queue/${who}/place`, { place: 1 }).catch(() => undefined);
      if (view) this.#show(view);
      else this.#readIn(0);
    };
    const front = place > 1 && button('To the front', first, { 'aria-label': `${name} to the front` });
    return element('li', {}, name, element('span', {}, `in about ${seconds} s`), front || '');
  }
}
