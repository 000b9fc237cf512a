// One host as a line of the table.
import { serverNow, stampOf } from './clock.js';
import { element, setText } from './dom.js';
import { age, place } from './words.js';

export class HostRow {
  line;
  #cells = {};
  #actions;
  #host;
  #offered;

  constructor(host, actions) {
    this.#actions = actions;
    const cell = (name, node) => {
      this.#cells[name] = node;
      return element('td', { class: `c-${name}` }, node);
    };
    this.line = element(
      'tr',
      { click: (clicked) => this.#clicked(clicked) },
      cell('name', element('a', {})),
      cell('state', element('span', {})),
      cell('since', element('time', {})),
      cell('why', element('span', {})),
      cell('rack', element('span', {})),
      cell('mac', element('span', {})),
      cell('address', element('span', {})),
      cell('arm', element('span', {})),
      cell('act', element('span', {})),
    );
    this.update(host);
  }

  update(host) {
    if (host === this.#host) return;
    this.#host = host;
    const { name, state, since, why, rack, mac, address, arm, act } = this.#cells;
    this.line.dataset.host = host.name;
    setText(name, host.name);
    name.href = `#host=${encodeURIComponent(host.name)}`;
    setText(state, host.state);
    state.className = `state ${host.state}`;
    since.dateTime = host.stateSince;
    since.title = stampOf(host.stateSince);
    setText(why, host.reason);
    why.title = host.reason;
    why.className = ['failed', 'frozen', 'lost', 'pending'].includes(host.state) ? 'long' : '';
    setText(rack, place(host));
    setText(mac, host.macs.length > 1 ? `${host.macs[0]} +${host.macs.length - 1}` : (host.macs[0] ?? ''));
    mac.title = host.macs.join('\n');
    setText(address, host.managementAddress ?? '');
    setText(arm, host.arm);
    arm.className = `arm ${host.arm}`;
    const offer = this.#actions.pressing(host);
    if (offer?.text !== this.#offered) act.replaceChildren(...(offer ? [this.#button(offer)] : []));
    this.#offered = offer?.text;
    this.tick();
  }

  tick() {
    setText(this.#cells.since, age(serverNow() - Date.parse(this.#host.stateSince)));
  }

  focus() {
    this.#cells.name.focus({ preventScroll: true });
  }

  mark(chosen) {
    this.line.classList.toggle('chosen', chosen);
    if (chosen) this.line.setAttribute('aria-current', 'true');
    else this.line.removeAttribute('aria-current');
  }

  /** The button stays while the host changes: it acts on the host as it is when it is pressed. */
  #button({ text }) {
    const press = () => this.#actions.pressing(this.#host)?.run();
    return element(
      'button',
      { type: 'button', click: press, 'aria-label': `${text} ${this.#host.name}` },
      text,
    );
  }

  #clicked(clicked) {
    if (clicked.target.closest('a, button') || getSelection()?.toString()) return;
    this.#cells.name.click();
  }
}
