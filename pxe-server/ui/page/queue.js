// Machines that wait for their turn to boot: shown while there are any.
import { $, button, element, setText } from './dom.js';
import { layRows } from './rows.js';
import { waitTime } from './words.js';

/** Machines shown; the rest is a number. */
const SHOWN = 100;
/** Milliseconds between two looks while machines wait, and after an event that says that one does. */
const LOOK = 3000;
const SOON = 500;

export class Queue {
  #api;
  #next;
  #ended = false;
  /** By what the server knows them by. */
  #rows = new Map();

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
    setText($('queue-wrong'), '');
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
    const focus = document.activeElement;
    layRows($('queue-rows'), this.#rows, waiting.slice(0, SHOWN), {
      idOf,
      make: (one) => new QueueRow(one, (who) => void this.#toFront(who)),
    });
    if (focus !== document.activeElement && focus?.isConnected) focus.focus({ preventScroll: true });
    const more = waiting.length - SHOWN;
    setText($('queue-more'), more > 0 ? `and ${more} more` : '');
  }

  async #toFront(who) {
    setText($('queue-wrong'), '');
    try {
      this.#show(await this.#api.put(`/queue/${encodeURIComponent(who)}/place`, { place: 1 }));
    } catch (error) {
      setText($('queue-wrong'), error.message);
      this.#readIn(0);
    }
  }
}

const idOf = ({ hostId, mac, name }) => hostId ?? mac ?? name;

class QueueRow {
  line;
  #name = element('span', { class: 'name' });
  #when = element('span', { class: 'when' });
  #front;

  constructor(one, toFront) {
    this.#front = button('To the front', () => toFront(idOf(one)));
    this.line = element('li', {}, this.#name, this.#when, this.#front);
    this.update(one);
  }

  update({ place, name, seconds }) {
    this.line.value = place;
    setText(this.#name, name);
    setText(this.#when, `in about ${waitTime(seconds)}`);
    this.#front.setAttribute('aria-label', `${name} to the front`);
    this.#front.hidden = place === 1;
  }
}
