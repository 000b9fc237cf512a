// What a person can do with a host, each asked once more in a dialog that names it.
import { ask } from './dialog.js';
import { button, element } from './dom.js';
import { isProvable } from './rules.js';
import { place } from './words.js';

export class Actions {
  #api;
  #pair;

  constructor(api, pair) {
    this.#api = api;
    this.#pair = pair;
  }

  /** The one thing that a host waits for a person to do, or undefined. */
  pressing(host) {
    if (host.state === 'frozen' || host.state === 'failed')
      return this.#offer('Release…', () => this.#release(host));
    if (!host.approved) return this.#offer('Approve…', () => this.#approve(host));
    if (host.arm === 'off' && ['declared', 'discovered'].includes(host.state)) {
      return this.#offer('Arm…', () => this.#arm(host));
    }
    return undefined;
  }

  /** Everything that can be done with a host as it is. */
  all(host) {
    const offers = [];
    if (host.state === 'frozen' || host.state === 'failed')
      offers.push(this.#offer('Release…', () => this.#release(host)));
    else if (!host.approved) offers.push(this.#offer('Approve…', () => this.#approve(host)));
    if (host.approved) offers.push(this.#offer('Arm…', () => this.#arm(host)));
    if (isProvable(host)) offers.push(this.#offer('Prove again…', () => this.#probe(host)));
    offers.push(this.#offer('Pair…', () => this.#pair(host)));
    offers.push(this.#offer('Remove…', () => this.#remove(host)));
    return offers;
  }

  /** A button for each of them, with what is pressing in front of the eye. */
  buttons(host) {
    const pressing = this.pressing(host)?.text;
    return this.all(host).map(({ text, run }) => {
      return button(text, run, text === pressing ? { class: 'primary' } : {});
    });
  }

  #offer(text, run) {
    return { text, run };
  }

  async #approve(host) {
    const { images, default: standard } = await this.#api
      .get('/images')
      .catch(() => ({ images: [], default: null }));
    const names = [...new Set(images.flatMap(({ tags, recipe }) => [...tags, recipe.name]))];
    ask({
      title: `Approve ${host.name}`,
      text: [
        identified(host),
        'It boots its image and may then register. Approve only a machine that you know.',
      ],
      fields: [
        { name: 'name', label: 'Name', placeholder: `keep ${host.name}`, value: '' },
        choice('image', 'Image', [
          ['', `the default${standard ? ` (${standard})` : ''}`],
          ...names.map((n) => [n, n]),
        ]),
        arming('always'),
      ],
      confirm: 'Approve',
      run: ({ name, image, arm }) =>
        this.#api.post(`/hosts/${host.id}/approve`, { arm, ...(name && { name }), ...(image && { image }) }),
    });
  }

  #arm(host) {
    const overwritten = `It has the kickstart ${host.kickstart}: a boot that installs overwrites its disks.`;
    ask({
      title: `Arm ${host.name}`,
      text: [identified(host), ...(host.kickstart ? [element('strong', {}, overwritten)] : [])],
      fields: [arming(host.arm === 'off' ? 'once' : host.arm)],
      confirm: 'Arm',
      run: ({ arm }) => this.#api.post(`/hosts/${host.id}/arm`, { arm }),
    });
  }

  #release(host) {
    ask({
      title: `Release ${host.name}`,
      text: [
        identified(host),
        `It is ${host.state}: ${host.reason}.`,
        'Released, it may boot and register again.',
      ],
      confirm: 'Release',
      run: () => this.#api.post(`/hosts/${host.id}/release`),
    });
  }

  #probe(host) {
    ask({
      title: `Prove ${host.name} again`,
      text: [identified(host), 'The manager connects to it and starts a small guest.'],
      confirm: 'Prove',
      run: () => this.#api.post(`/hosts/${host.id}/probe`),
    });
  }

  #remove(host) {
    ask({
      title: `Remove ${host.name}`,
      text: [
        identified(host),
        'Its declaration, inventory and certificate are forgotten; its events are kept.',
      ],
      confirm: 'Remove',
      danger: true,
      run: () => this.#api.delete(`/hosts/${host.id}`),
    });
  }
}

/** Enough to be sure that it is the machine that is meant. */
function identified(host) {
  return [place(host), host.serial && `serial ${host.serial}`, host.macs.join(' ')]
    .filter(Boolean)
    .join(', ');
}

function arming(value) {
  const options = [
    ['off', 'off: it gets no token'],
    ['once', 'once: at its next boot'],
    ['always', 'always: at every boot (live hosts)'],
  ];
  return choice('arm', 'Armed', options, value);
}

function choice(name, label, options, value = options[0][0]) {
  return { name, label, options, value };
}
