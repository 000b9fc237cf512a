// The table of leases: searched by the server, since there may be a million, and read anew when something happens.
import { onZone } from './clock.js';
import { ask } from './dialog.js';
import { $ } from './dom.js';
import { LeaseRow } from './lease-row.js';
import { layRows } from './rows.js';

/** Leases read at first, and with each press of "More"; the server gives no more than a thousand a page. */
const STEP = 200;
const PAGE = 1000;
/** Milliseconds that typing pauses before the server is asked, and for which events are gathered. */
const TYPED = 200;
const GATHER = 1000;
/** Events after which a lease may be another one. */
const KINDS = ['lease', 'dhcp'];

export class Leases {
  #api;
  /** By address. */
  #rows = new Map();
  #wanted = STEP;
  #waiting;
  #asked = 0;

  constructor(api) {
    this.#api = api;
  }

  /** The address says whether hosts or leases are shown. */
  listen(signal) {
    window.addEventListener('hashchange', () => this.#follow(), { signal });
    $('lease-search').addEventListener('input', () => this.#fromTop(TYPED), { signal });
    $('lease-state').addEventListener('change', () => this.#fromTop(0), { signal });
    const more = () => {
      this.#wanted += STEP;
      void this.#read();
    };
    $('lease-more').addEventListener('click', more, { signal });
    onZone(() => this.tick(), signal);
    this.#follow();
  }

  end() {
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
    this.#asked += 1;
    this.#fill([]);
    this.#show(false);
  }

  event({ kind }) {
    if (!$('leases').hidden && KINDS.includes(kind)) this.#readIn(GATHER);
  }

  /** Times grow without an event, and leases end. */
  tick() {
    if ($('leases').hidden) return;
    for (const row of this.#rows.values()) row.tick();
    void this.#read();
  }

  #follow() {
    const wasHidden = $('leases').hidden;
    this.#show(location.hash === '#leases');
    if (!$('leases').hidden && wasHidden) void this.#read();
  }

  #show(shown) {
    $('leases').hidden = !shown;
    $('hosts').hidden = shown;
    if (shown) $('all-leases').setAttribute('aria-current', 'page');
    else $('all-leases').removeAttribute('aria-current');
  }

  #fromTop(pause) {
    this.#wanted = STEP;
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
    this.#readIn(pause);
  }

  #readIn(pause) {
    this.#waiting ??= setTimeout(() => void this.#read(), pause);
  }

  /** An answer that a newer question has overtaken counts for nothing. */
  async #read() {
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
    this.#asked += 1;
    const asked = this.#asked;
    const found = await this.#pages().catch((error) => error);
    if (asked !== this.#asked || $('leases').hidden) return;
    if (found instanceof Error) this.#tell(found.message, true);
    else {
      this.#fill(found.leases);
      this.#tell(found.leases.length === 0 ? nothing() : '', false);
      const count = found.leases.length.toLocaleString('en');
      $('lease-count').textContent = found.next === null ? `${count} shown` : `the first ${count}`;
      $('lease-more').hidden = found.next === null;
    }
  }

  async #pages() {
    const given = { state: $('lease-state').value, search: $('lease-search').value.trim() };
    const leases = [];
    for (let next; ; ) {
      const limit = Math.min(PAGE, this.#wanted - leases.length);
      const query = new URLSearchParams({ ...given, limit, ...(next ? { after: next } : {}) });
      const page = await this.#api.get(`/leases?${query}`);
      leases.push(...page.leases);
      next = page.next;
      if (next === null || leases.length >= this.#wanted) return { leases, next };
    }
  }

  #tell(text, isError) {
    $('lease-empty').textContent = text;
    $('lease-empty').hidden = text === '';
    $('lease-empty').classList.toggle('wrong', isError);
  }

  #fill(leases) {
    layRows($('lease-rows'), this.#rows, leases, {
      idOf: ({ address }) => address,
      make: (lease) => new LeaseRow(lease, (which) => this.#release(which)),
    });
  }

  #release({ address, client, host }) {
    ask({
      title: `Take back ${address}`,
      text: [
        `It is leased to ${host ? `${host.name}, ` : ''}${client}.`,
        'The machine is not told: another one may get the address while it still uses it.',
      ],
      confirm: 'Take back',
      danger: true,
      run: async () => {
        await this.#api.delete(`/leases/${address}`);
        void this.#read();
      },
    });
  }
}

function nothing() {
  if ($('lease-search').value.trim() !== '') return 'No lease fits the search.';
  return $('lease-state').value === 'live' ? 'No lease runs.' : 'No such lease.';
}
