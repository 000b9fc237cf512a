// One lease as a line of the table.
import { serverNow, stampOf } from './clock.js';
import { element, setText } from './dom.js';
import { fromNow, leaseSeen } from './words.js';

export class LeaseRow {
  line;
  #cells = {};
  #lease;
  #release;

  constructor(lease, release) {
    this.#release = release;
    const cell = (name, ...nodes) => {
      this.#cells[name] = nodes[0];
      return element('td', { class: `l-${name}` }, ...nodes);
    };
    this.#cells.mark = element('span', { class: 'mark', title: 'promised to this host' }, 'reserved');
    this.line = element(
      'tr',
      {},
      cell('address', element('span', {}), this.#cells.mark),
      cell('client', element('span', {})),
      cell('host', element('a', {})),
      cell('state', element('span', {})),
      cell('ends', element('time', {})),
      cell('seen', element('span', {})),
      cell(
        'act',
        element('button', { type: 'button', click: () => this.#release(this.#lease) }, 'Take back…'),
      ),
    );
    this.update(lease);
  }

  update(lease) {
    this.#lease = lease;
    const { address, mark, client, host, state, act } = this.#cells;
    this.line.dataset.address = lease.address;
    setText(address, lease.address);
    mark.hidden = !lease.reserved;
    setText(client, lease.client);
    setText(host, lease.host?.name ?? '');
    if (lease.host) host.href = `#host=${encodeURIComponent(lease.host.name)}`;
    else host.removeAttribute('href');
    host.title = lease.host ? lease.host.state : '';
    setText(state, lease.state);
    state.className = `state lease-${lease.state}`;
    act.hidden = ['ended', 'released'].includes(lease.state);
    act.setAttribute('aria-label', `Take back ${lease.address}`);
    this.tick();
  }

  tick() {
    const { ends, seen } = this.#cells;
    const { state, ends: iso, seen: last } = this.#lease;
    setText(ends, state === 'released' ? '' : fromNow(Date.parse(iso) - serverNow()));
    ends.dateTime = iso;
    ends.title = stampOf(iso);
    setText(seen, leaseSeen(last, serverNow()));
    seen.title = last.at === null ? '' : stampOf(last.at);
  }
}
