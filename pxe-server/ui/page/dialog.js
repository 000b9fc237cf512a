// One dialog at a time, with what went wrong inside of it.
import { $, element } from './dom.js';

let onClose = () => undefined;
$('dialog').addEventListener('close', () => {
  onClose();
  onClose = () => undefined;
  $('dialog').replaceChildren();
});

/** Shows content under a title; `closed` is called when it is gone. */
export function show(title, content, closed = () => undefined) {
  if ($('dialog').open) $('dialog').close();
  onClose = closed;
  $('dialog').replaceChildren(
    element('h2', { id: 'dialog-title', tabindex: '-1', autofocus: true }, title),
    ...content,
  );
  $('dialog').showModal();
}

export const close = () => $('dialog').close();

/** Asks for values and a confirmation; `run` has them, and what it throws is shown until it succeeds. */
export function ask({ title, text, fields = [], confirm, danger = false, run }) {
  const wrong = element('p', { role: 'alert' });
  const go = element('button', { type: 'submit', class: danger ? 'danger' : 'primary' }, confirm);
  const submit = async (submitted) => {
    submitted.preventDefault();
    const values = Object.fromEntries(new FormData(submitted.target));
    go.disabled = true;
    wrong.textContent = '';
    try {
      await run(values);
      close();
    } catch (error) {
      wrong.textContent = error.message;
    }
    go.disabled = false;
  };
  const buttons = element(
    'div',
    { class: 'buttons' },
    go,
    element('button', { type: 'button', click: close }, 'Cancel'),
  );
  show(title, [
    ...text.filter(Boolean).map((line) => element('p', {}, line)),
    element('form', { submit }, ...fields.map(field), wrong, buttons),
  ]);
}

function field({ name, label, options, value, placeholder }) {
  const input = options
    ? element(
        'select',
        { name },
        ...options.map(([v, text]) => element('option', { value: v, selected: v === value }, text)),
      )
    : element('input', {
        name,
        value,
        placeholder,
        autocomplete: 'off',
        spellcheck: 'false',
        maxlength: '253',
      });
  return element('label', {}, element('span', {}, label), input);
}
