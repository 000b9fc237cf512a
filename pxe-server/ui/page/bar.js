// What a person chose to see: state, filter text and order, with the numbers of each.
import { $, element, setText } from './dom.js';
import { comparison, countStates, matcher } from './order.js';

export class Bar {
  #state = null;
  #sort = { key: 'name', backwards: false };
  #onChange;

  constructor(onChange) {
    this.#onChange = onChange;
  }

  listen(signal) {
    $('filter').addEventListener('input', () => this.#onChange(), { signal });
    for (const head of document.querySelectorAll('[data-order]')) {
      head.addEventListener('click', () => this.#sortBy(head.dataset.order), { signal });
    }
    this.#tellOrder();
  }

  /** Whether a host is to be seen. */
  get fits() {
    return matcher($('filter').value, this.#state);
  }

  /** Order of two hosts. */
  get compare() {
    return comparison(this.#sort.key, this.#sort.backwards);
  }

  /** Tells of all hosts, and how many of them the filter leaves. */
  tell(hosts, left) {
    this.#tellStates(hosts);
    const [seen, all] = [left, hosts.length].map((number) => number.toLocaleString('en'));
    setText($('count'), left === hosts.length ? '' : `${seen} of ${all}`);
    const none =
      'No hosts yet: declare them with rackhand hosts add or import, or boot a machine from the network.';
    setText($('empty'), hosts.length === 0 ? none : 'No host fits the filter.');
    $('empty').hidden = left > 0;
  }

  #tellStates(hosts) {
    const counts = countStates(hosts);
    if (this.#state !== null && !counts.some(([state]) => state === this.#state))
      counts.push([this.#state, 0]);
    const focused = [...$('states').children].indexOf(document.activeElement);
    $('states').replaceChildren(
      this.#chip(null, `${hosts.length.toLocaleString('en')} hosts`),
      ...counts.map(([state, count]) => this.#chip(state, `${count.toLocaleString('en')} ${state}`)),
    );
    $('states').children[focused]?.focus({ preventScroll: true });
  }

  #chip(state, text) {
    const pressed = String(state === this.#state);
    const attributes = { type: 'button', class: `chip state ${state ?? 'all'}`, 'aria-pressed': pressed };
    const click = () => {
      this.#state = this.#state === state ? null : state;
      this.#onChange();
    };
    return element('button', { ...attributes, click }, text);
  }

  #sortBy(key) {
    this.#sort = { key, backwards: key === this.#sort.key && !this.#sort.backwards };
    this.#tellOrder();
    this.#onChange();
  }

  #tellOrder() {
    const direction = this.#sort.backwards ? 'descending' : 'ascending';
    for (const head of document.querySelectorAll('[data-order]')) {
      head
        .closest('th')
        .setAttribute('aria-sort', head.dataset.order === this.#sort.key ? direction : 'none');
    }
  }
}
