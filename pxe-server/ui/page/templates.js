// Templates of kickstarts: all of them, and one with who changed it, how, and the way back.
import { stampOf } from './clock.js';
import { ask } from './dialog.js';
import { diffNode } from './diff.js';
import { button, element } from './dom.js';

const hashOf = (name) => `#${new URLSearchParams({ template: name })}`;
const pathOf = (name) => `/templates/${encodeURIComponent(name)}`;

/** All templates, with their newest versions. */
export async function templateList(api) {
  const { templates } = await api.get('/templates');
  const rows = templates.map((one) =>
    element(
      'tr',
      {},
      element('td', {}, element('a', { href: hashOf(one.name) }, one.name)),
      element('td', {}, one.version === 0 ? 'shipped' : `version ${one.version}`),
      element('td', {}, one.hosts === 1 ? '1 host' : `${one.hosts} hosts`),
      element('td', {}, toldOf(one)),
    ),
  );
  return element('table', { class: 'grid names' }, element('tbody', {}, ...rows));
}

/** One template: its versions, and how two of them differ. */
export class TemplateStory {
  node = element('section', { class: 'templates', 'aria-label': 'Versions' });
  #api;
  #name;
  /** Number of the version that is compared with the one before it. */
  #chosen;

  constructor(api, name) {
    this.#api = api;
    this.#name = name;
  }

  async load() {
    const { name, text, history } = await this.#api.get(pathOf(this.#name));
    this.#name = name;
    const chosen = history.find(({ version }) => version === this.#chosen) ?? history[0];
    const difference = await this.#difference(history, chosen);
    this.node.replaceChildren(
      element('ol', { class: 'versions' }, ...history.map((one) => this.#row(one, history, chosen))),
      element('h3', {}, difference.title),
      difference.node,
      element(
        'details',
        {},
        element('summary', {}, text === null ? 'No text of the site' : 'The text as it is now'),
        element('pre', { class: 'diff' }, text ?? ''),
      ),
    );
  }

  #row(one, history, chosen) {
    const { version, author, time } = one;
    const choose = button(version === 0 ? 'Shipped' : `Version ${version}`, () => this.#choose(version), {
      'aria-pressed': String(one === chosen),
    });
    const back =
      one !== history[0] &&
      button('Roll back…', () => this.#rollBack(version, history[0].version), {
        'aria-label': `Roll back to version ${version}`,
      });
    const when = time ? element('time', { datetime: time }, stampOf(time)) : '';
    return element(
      'li',
      {},
      choose,
      element('span', {}, version === 0 ? '' : `by ${author} `, when),
      toldOf(one),
      back || '',
    );
  }

  async #difference(history, chosen) {
    const before = history[history.indexOf(chosen) + 1];
    if (!before) return { title: 'The first version', node: element('p', {}, 'There is none before it.') };
    const { diff } = await this.#api.get(
      `${pathOf(this.#name)}/diff?from=${before.version}&to=${chosen.version}`,
    );
    return { title: `From version ${before.version} to ${chosen.version}`, node: diffNode(diff) };
  }

  #choose(version) {
    this.#chosen = version;
    this.load().catch(({ message }) => this.node.prepend(element('p', { role: 'alert' }, message)));
  }

  #rollBack(to, expected) {
    const old = to === 0 ? 'what is shipped' : `version ${to}`;
    ask({
      title: `Roll ${this.#name} back`,
      text: [
        `The next host that is installed by it gets ${old}, once all hosts that use it get a kickstart by that.`,
      ],
      fields: [{ name: 'message', label: 'Why', value: '' }],
      confirm: 'Roll back',
      run: async ({ message }) => {
        await this.#api.post(`${pathOf(this.#name)}/rollback`, { to, expected, message });
        this.#chosen = undefined;
        await this.load();
      },
    });
  }
}

function toldOf({ version, sha256, message }) {
  return version > 0 && sha256 === null ? `taken away: ${message}` : message;
}
