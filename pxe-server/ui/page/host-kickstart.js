// What a host was installed by, and what it would get now: made when a person opens it, since it costs a rendering.
import { stampOf } from './clock.js';
import { diffNode } from './diff.js';
import { element } from './dom.js';

/** @returns a section for hosts that have a kickstart, else nothing */
export function hostKickstart(api, { id, kickstart }) {
  if (!kickstart) return undefined;
  const body = element('div', {}, 'It is being made …');
  const fill = async () => {
    if (!details.open) return;
    const answer = await api.get(`/hosts/${id}/kickstart`).catch((error) => error);
    body.replaceChildren(...(answer instanceof Error ? [wrong(answer.message)] : nodesOf(answer)));
  };
  const details = element(
    'details',
    { toggle: () => void fill() },
    element('summary', {}, 'Kickstart'),
    body,
  );
  return element('section', { class: 'kickstart', 'aria-label': 'Kickstart' }, details);
}

function nodesOf({ installed, now, fault, diff }) {
  const was = installed
    ? `Installed ${stampOf(installed.time)} by ${madeOf(installed)}.`
    : 'No kickstart was delivered to it that is remembered.';
  const is = now
    ? [element('p', {}, `Now it would get ${madeOf(now)}.`)]
    : [wrong(`Now it would get none: ${fault.message}`)];
  const differs = diff === null ? [] : [diffNode(diff)];
  const text = now
    ? [
        element(
          'details',
          {},
          element('summary', {}, 'The whole text, secrets masked'),
          element('pre', { class: 'diff' }, now.text),
        ),
      ]
    : [];
  return [element('p', {}, was), ...is, ...differs, ...text];
}

function madeOf({ template, versions }) {
  const site = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return site.length > 0 ? `${template} (${site.join(', ')})` : `${template} as it is shipped`;
}

function wrong(message) {
  return element('p', { role: 'alert' }, message);
}
