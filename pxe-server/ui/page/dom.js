// Elements made of text: nothing that comes from the network is ever markup.

export const $ = (id) => document.getElementById(id);

/** An element with attributes (a function is a listener) and children, texts or elements. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (typeof value === 'function') made.addEventListener(name, value);
    else made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children.filter((child) => child !== undefined && child !== ''));
  return made;
}

export function button(text, onClick, attributes = {}) {
  return element('button', { type: 'button', click: onClick, ...attributes }, text);
}

/** Sets a text only when it differs: what stays is not laid out again. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** A list of labels and values. */
export function factList(rows) {
  return element(
    'dl',
    { class: 'facts' },
    ...rows.map(([label, value]) => element('div', {}, element('dt', {}, label), element('dd', {}, value))),
  );
}
