// Why a host did not boot: what was found out of an attempt, its steps, and its packets as a file.
import { stampOf, timeOf } from './clock.js';
import { button, element } from './dom.js';
import { bootTitle, effectText, reachText, soundText, typedParts } from './words.js';

/** Milliseconds for which changes are gathered: a boot makes many. */
const GATHER = 1000;
const ARROWS = { in: '→', out: '←', other: '!', note: '·' };
const SPEAKERS = {
  in: 'from the machine',
  out: 'to the machine',
  other: 'another server',
  note: 'found out',
};

export class Boots {
  node = element('section', { class: 'boots', 'aria-label': 'Boots' });
  #api;
  #host;
  /** The attempt that is shown; undefined: whichever is the last. */
  #boot;
  #open = false;
  #shown = '';
  #waiting;
  #wrong = element('p', { role: 'alert' });

  constructor(api, host) {
    this.#api = api;
    this.#host = host;
  }

  async load() {
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
    const query = this.#boot === undefined ? '' : `?boot=${encodeURIComponent(this.#boot)}`;
    try {
      this.#show(await this.#api.get(`/hosts/${this.#host.id}/why${query}`));
    } catch (error) {
      this.#wrong.textContent = error.message;
      this.node.replaceChildren(element('h3', {}, 'Boots'), this.#wrong);
    }
  }

  /** Something happened to the host. */
  changed() {
    this.#waiting ??= setTimeout(() => void this.load(), GATHER);
  }

  /** Anew: times are to be read in another zone. */
  draw() {
    this.#shown = '';
    void this.load();
  }

  close() {
    clearTimeout(this.#waiting);
  }

  #show(answer) {
    const text = JSON.stringify(answer);
    if (text === this.#shown) return; // what a person has opened or marked stays
    this.#shown = text;
    this.#wrong.textContent = '';
    const { boot, boots, reach, mac, steps, diagnoses } = answer;
    if (boots.length === 0) {
      this.node.replaceChildren(
        element('h3', {}, 'Boots'),
        element('p', { class: 'quiet' }, 'No boot was seen.'),
        ...diagnoses.map(({ mend }) =>
          element('p', { class: 'quiet' }, 'If it was switched on: ', ...mendNodes(mend)),
        ),
      );
      return;
    }
    const title = element('p', {}, `${stampOf(boot)}${mac ? ` by ${mac}` : ''}: ${reachText(reach)}`);
    this.node.replaceChildren(
      element('h3', {}, 'Boots'),
      ...(boots.length > 1 ? [this.#choice(boot, boots)] : []),
      title,
      ...diagnoses.map((one) => diagnosisNode(one, steps)),
      ...(diagnoses.length === 0 ? [element('p', { class: 'quiet' }, soundText(reach))] : []),
      this.#steps(steps, answer.left),
      element(
        'div',
        { class: 'buttons' },
        button('Packets (pcapng)', () => void this.#download(boot)),
      ),
      this.#wrong,
    );
  }

  #choice(boot, boots) {
    const options = boots.map((one) =>
      element('option', { value: one.boot, selected: one.boot === boot }, bootTitle(one, stampOf)),
    );
    const select = element(
      'select',
      { 'aria-label': 'Boot', change: () => this.#choose(select.value, boots) },
      ...options,
    );
    return select;
  }

  #choose(boot, boots) {
    this.#boot = boot === boots[0].boot ? undefined : boot;
    void this.load();
  }

  #steps(steps, left) {
    const list = element('ol', { class: 'steps', start: '0' }, ...steps.map(stepNode));
    const more = left > 0 ? [element('p', { class: 'quiet' }, `${left} more were not kept.`)] : [];
    const details = element(
      'details',
      { open: this.#open, toggle: () => (this.#open = details.open) },
      element('summary', {}, `${steps.length} steps`),
      list,
      ...more,
    );
    return details;
  }

  async #download(boot) {
    try {
      const response = await this.#api.open(`/hosts/${this.#host.id}/boots/${boot}/pcapng`);
      const url = URL.createObjectURL(await response.blob());
      element('a', { href: url, download: `${this.#host.name}-${boot.replaceAll(':', '')}.pcapng` }).click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    } catch (error) {
      this.#wrong.textContent = error.message;
    }
  }
}

function diagnosisNode({ kind, effect, certainty, what, mend, evidence }, steps) {
  const shown = evidence.flatMap((number) => (steps[number] ? [stepNode(steps[number])] : []));
  return element(
    'article',
    { class: `diagnosis ${effect}`, 'data-kind': kind },
    element('p', { class: 'what' }, element('strong', {}, `${effectText(effect, certainty)}: `), what),
    element('p', { class: 'mend' }, element('strong', {}, 'What to do: '), ...mendNodes(mend)),
    ...(shown.length > 0 ? [element('ol', { class: 'steps', 'aria-label': 'Shown by' }, ...shown)] : []),
  );
}

/** Commands are for typing: a click marks one whole. */
function mendNodes(mend) {
  return typedParts(mend).map(({ text, typed }) => (typed ? element('code', {}, text) : text));
}

function stepNode({ number, time, direction, layer, message, packet }) {
  const arrow = element('span', { class: 'arrow', 'aria-hidden': 'true' }, ARROWS[direction]);
  return element(
    'li',
    { class: direction, value: String(number), title: `${stampOf(time)}${packet ? ', packet kept' : ''}` },
    element('time', { datetime: time }, timeOf(time)),
    arrow,
    element('span', { class: 'kind' }, layer),
    element(
      'span',
      { class: 'message' },
      element('span', { class: 'unseen' }, `${SPEAKERS[direction]}: `),
      message,
    ),
  );
}
