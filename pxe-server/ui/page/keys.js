// Keys on the board: "/" goes to the filter, arrows walk along the hosts.
import { $ } from './dom.js';

export function listenToKeys(signal) {
  document.addEventListener('keydown', pressed, { signal });
}

function pressed(event) {
  if ($('dialog').open || event.ctrlKey || event.altKey || event.metaKey) return;
  const at = document.activeElement;
  if (event.key === '/' && !at.matches('input, select')) {
    event.preventDefault();
    $('filter').select();
  }
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  const next = neighbour(at, event.key === 'ArrowDown');
  if (!next) return;
  event.preventDefault();
  next.focus();
}

/** The host below or above; above the first one is the filter. */
function neighbour(at, down) {
  if (at === $('filter')) return down ? linkOf($('rows').firstElementChild) : undefined;
  const line = at.closest('#rows tr');
  if (!line) return undefined;
  return down ? linkOf(line.nextElementSibling) : (linkOf(line.previousElementSibling) ?? $('filter'));
}

function linkOf(line) {
  return line?.querySelector('a');
}
