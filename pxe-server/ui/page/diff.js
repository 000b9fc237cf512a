// A unified diff, line by line; the signs say what the colours say.
import { element } from './dom.js';

const CLASSES = { '+': 'added', '-': 'gone', '@': 'place' };

export function diffNode(diff) {
  if (diff === '') return element('p', { class: 'quiet' }, 'No difference.');
  const lines = diff
    .replace(/\n$/, '')
    .split('\n')
    .slice(2) // whose texts they are says the heading
    .map((line) => element('span', { class: CLASSES[line[0]] ?? 'same' }, `${line}\n`));
  return element('pre', { class: 'diff', tabindex: '0' }, ...lines);
}
