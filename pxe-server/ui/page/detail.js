// The panel at the side: one host with its events and its machine, or the events of all.
import { Boots } from './boots.js';
import { onZone, stampOf } from './clock.js';
import { $, button, element, factList } from './dom.js';
import { hostKickstart } from './host-kickstart.js';
import { machineNodes } from './machine.js';
import { TemplateStory, templateList } from './templates.js';
import { Timeline } from './timeline.js';
import { declaredFacts } from './words.js';

export class Detail {
  #api;
  #actions;
  #nameOf;
  #onChosen;
  #host = null;
  #timeline = null;
  #boots = null;
  #parts;
  /** What the address names could not be had: it is asked for again with the next connection. */
  #failed = false;
  #waiting;

  /** `nameOf` gives the name of a host that an event is about, `onChosen` hears the id of the one shown. */
  constructor(api, actions, { nameOf, onChosen }) {
    this.#api = api;
    this.#nameOf = nameOf;
    this.#actions = actions;
    this.#onChosen = onChosen;
  }

  /** The address says what is shown, so that the browser's back button closes it. */
  listen(signal) {
    window.addEventListener('hashchange', () => void this.#follow(), { signal });
    const leaveByKey = (pressed) => {
      if (pressed.key !== 'Escape' || $('dialog').open || $('detail').hidden) return;
      if (!pressed.target.matches('input, select')) this.#leave();
    };
    document.addEventListener('keydown', leaveByKey, { signal });
    onZone(() => this.refresh(), signal);
    void this.#follow();
  }

  close() {
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
    this.#failed = false;
    this.#host = null;
    this.#timeline = null;
    this.#boots?.close();
    this.#boots = null;
    document.body.classList.remove('with-detail');
    this.#onChosen(null);
    $('detail').hidden = true;
  }

  event(event) {
    this.#timeline?.add(event);
    if (this.#host && event.hostId === this.#host.id) this.#boots?.changed();
  }

  /** A change of the host that is shown: read soon, since changes come in bursts. */
  changed(id) {
    if (id !== this.#host?.id) return;
    this.#boots?.changed();
    this.#waiting ??= setTimeout(() => void this.#read(), 150);
  }

  removed(id) {
    if (id === this.#host?.id) this.#leave();
  }

  tick() {
    if (this.#host) void this.#read();
    this.#boots?.changed();
  }

  refresh() {
    if (this.#failed) void this.#again();
    this.tick();
    this.#timeline?.draw();
    this.#boots?.draw();
  }

  /** Nobody has asked for it just now: the focus stays where it is. */
  async #again() {
    const at = document.activeElement;
    await this.#follow();
    if (at?.isConnected && at !== document.body) at.focus({ preventScroll: true });
  }

  #leave() {
    history.pushState(null, '', location.pathname);
    this.close();
  }

  async #follow() {
    const hash = new URLSearchParams(location.hash.slice(1));
    const [name, template] = [hash.get('host'), hash.get('template')];
    if (name) await this.#showHost(name, location.hash);
    else if (template) await this.#showTemplate(template, location.hash);
    else if (location.hash === '#templates') await this.#showTemplates();
    else if (location.hash === '#events') this.#open('All events', null, []);
    else this.close();
  }

  async #showHost(name, hash) {
    const host = await this.#api.get(`/hosts/${encodeURIComponent(name)}`).catch((error) => error);
    if (location.hash !== hash) return; // another one was chosen meanwhile
    if (host instanceof Error) {
      this.#open(name, undefined, [wrong(host)]);
      this.#failed = true;
      return;
    }
    this.#parts = { head: element('div', {}), declared: element('div', {}), machine: element('div', {}) };
    const { head, declared, machine } = this.#parts;
    const boots = new Boots(this.#api, host);
    const kickstart = hostKickstart(this.#api, host);
    const below = [declared, ...(kickstart ? [kickstart] : []), machine];
    this.#open(host.name, host.id, [head, boots.node], below);
    this.#boots = boots;
    void boots.load();
    this.#onChosen(host.id);
    this.#fill(host);
  }

  async #showTemplates() {
    const list = await templateList(this.#api).catch((error) => error);
    if (location.hash !== '#templates') return;
    this.#open('Templates', undefined, [list instanceof Error ? wrong(list) : list]);
    this.#failed = list instanceof Error;
  }

  async #showTemplate(name, hash) {
    const story = new TemplateStory(this.#api, name);
    const fault = await story.load().catch(wrong);
    if (location.hash !== hash) return;
    const all = element('a', { href: '#templates' }, 'All templates');
    this.#open(name, undefined, [element('p', {}, all), fault ?? story.node]);
    this.#failed = fault !== undefined;
  }

  /** Lays out the panel; `hostId` null stands for the events of all, undefined for none. */
  #open(title, hostId, above, below = []) {
    this.close();
    this.#timeline = hostId === undefined ? null : new Timeline(this.#api, hostId, this.#nameOf);
    const heading = element('h2', { id: 'detail-title', tabindex: '-1' }, title);
    const shut = button('×', () => this.#leave(), { class: 'shut', 'aria-label': 'Close' });
    const story = this.#timeline ? [this.#timeline.node] : [];
    $('detail').replaceChildren(
      element('div', { class: 'title' }, heading, shut),
      ...above,
      ...story,
      ...below,
    );
    $('detail').hidden = false;
    $('detail').scrollTop = 0;
    document.body.classList.add('with-detail');
    heading.focus({ preventScroll: true });
    void this.#timeline?.load();
  }

  async #read() {
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
    const { id } = this.#host;
    const host = await this.#api.get(`/hosts/${id}`).catch(() => undefined);
    if (host && this.#host?.id === id) this.#fill(host);
  }

  #fill(host) {
    const { head, declared, machine } = this.#parts;
    this.#host = host;
    $('detail-title').textContent = host.name;
    const since = element('time', { datetime: host.stateSince }, stampOf(host.stateSince));
    head.replaceChildren(
      element(
        'p',
        { class: 'now' },
        element('span', { class: `state ${host.state}` }, host.state),
        ' since ',
        since,
      ),
      element('p', { class: 'why' }, host.reason),
      element('div', { class: 'buttons' }, ...this.#actions.buttons(host)),
    );
    declared.replaceChildren(element('h3', {}, 'Declared'), factList(declaredFacts(host, stampOf)));
    machine.replaceChildren(element('h3', {}, 'Machine'), ...machineNodes(host.inventory));
  }
}

function wrong({ message }) {
  return element('p', { role: 'alert' }, message);
}
