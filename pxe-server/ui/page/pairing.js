// The pairing dialog: what a person types at the console of a machine that was booted by hand.
import { serverNow, timeOf } from './clock.js';
import { close, show } from './dialog.js';
import { button, element } from './dom.js';
import { fingerprint, fours } from './words.js';

/** Opens codes until the dialog is closed; `listen` gives the events meanwhile and returns how to stop. */
export async function pair(api, host, listen) {
  const parts = {
    servers: element('dd', { class: 'big' }),
    needed: element('dd', { class: 'big digits', id: 'pair-ca' }),
    rest: element('span', { class: 'digits' }),
    code: element('dd', { class: 'huge digits', id: 'pair-code' }),
    left: element('p', { id: 'pair-left', role: 'timer' }),
    news: element('p', { id: 'pair-news', role: 'status' }),
    wrong: element('p', { role: 'alert' }),
  };
  const next = button('New code', () => renew(), { id: 'pair-new' });
  let until = 0;
  const tick = setInterval(() => countDown(parts, next, until), 250);
  const stop = listen((event) => {
    if (event.kind !== 'pairing' || event.message.startsWith('a pairing code was shown')) return;
    parts.news.textContent = `${timeOf(event.time)} ${event.message}`;
  });
  show(host ? `Pair ${host.name}` : 'Pair a machine', content(parts, next), () => {
    clearInterval(tick);
    stop();
  });
  await renew();

  async function renew() {
    parts.wrong.textContent = '';
    try {
      const answer = await api.post('/pairing', host ? { host: host.id } : {});
      until = Date.parse(answer.expiresAt);
      parts.servers.replaceChildren(
        ...answer.servers.flatMap((server, i) => [i > 0 ? ' or ' : '', element('b', {}, server)]),
      );
      const { needed, rest } = fingerprint(answer.caFingerprint);
      parts.needed.replaceChildren(...groups(needed));
      parts.rest.replaceChildren(...groups(rest));
      parts.code.replaceChildren(...groups(fours(answer.code)));
      countDown(parts, next, until);
    } catch (error) {
      parts.wrong.textContent = error.message;
    }
  }
}

function content(parts, next) {
  const line = (label, ...nodes) => element('div', {}, element('dt', {}, label), ...nodes);
  return [
    element('p', {}, 'Type this at the console of the machine:'),
    element(
      'dl',
      { class: 'pairing' },
      line('Server address', parts.servers),
      line(
        'CA fingerprint',
        parts.needed,
        element('dd', { class: 'hint' }, 'These 32 digits are enough. The rest: ', parts.rest),
      ),
      line('Pairing code', parts.code),
    ),
    parts.left,
    parts.news,
    parts.wrong,
    element('div', { class: 'buttons' }, next, button('Close', close)),
  ];
}

/** Groups of digits that are selected and copied with the blanks between them. */
function groups(digits) {
  return digits.flatMap((group, i) => [i > 0 ? ' ' : '', element('span', {}, group)]);
}

function countDown({ left, code }, next, until) {
  if (until === 0) return;
  const seconds = Math.ceil((until - serverNow()) / 1000);
  left.textContent =
    seconds > 0 ? `Good for ${seconds} s, for one machine.` : 'This code has expired: take a new one.';
  left.classList.toggle('late', seconds <= 10);
  code.classList.toggle('expired', seconds <= 0);
  next.classList.toggle('primary', seconds <= 0);
}
