// Times as this person wants to read them: in the browser's zone or in UTC, and by the server's clock.
const KEY = 'rackhand-zone';
/** Milliseconds that two clocks may differ before it counts; an HTTP date has whole seconds. */
const TOLERANCE = 2000;

const listeners = new Set();
let offset = 0;
let zone = localStorage.getItem(KEY) === 'utc' ? 'utc' : 'local';
let format = formats();

export const zoneNow = () => zone;
export const localZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

export function setZone(wanted) {
  zone = wanted === 'utc' ? 'utc' : 'local';
  localStorage.setItem(KEY, zone);
  format = formats();
  for (const listener of listeners) listener();
}

/** Calls back for each change until `signal` ends it. */
export function onZone(listener, signal) {
  listeners.add(listener);
  signal.addEventListener('abort', () => listeners.delete(listener));
}

/** The server's time, however wrong this machine's clock is. */
export const serverNow = () => Date.now() + offset;

/** Learns the server's time from the Date header of an answer. */
export function learnTime(header) {
  const told = Date.parse(header ?? '');
  if (Number.isNaN(told)) return;
  const difference = told + 500 - Date.now();
  offset = Math.abs(difference) < TOLERANCE ? 0 : difference;
}

/** "14:03:22" */
export const timeOf = (iso) => format.time.format(new Date(iso));
/** "Thu 26 Nov 2026" */
export const dayOf = (iso) => format.day.format(new Date(iso)).replace(',', '');
/** "2026-11-26 14:03:22" */
export const stampOf = (iso) => format.stamp.format(new Date(iso));

function formats() {
  const timeZone = zone === 'utc' ? 'UTC' : undefined;
  const day = { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' };
  return {
    time: new Intl.DateTimeFormat('sv-SE', { timeStyle: 'medium', timeZone }),
    day: new Intl.DateTimeFormat('en-GB', { ...day, timeZone }),
    stamp: new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium', timeZone }),
  };
}
