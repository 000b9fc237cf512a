// Which hosts are listed, in which order: decides only, and knows no document.

/** States by how much they need a person. */
const URGENCY = [
  'frozen',
  'failed',
  'lost',
  'pending',
  'probing',
  'registering',
  'booting',
  'installing',
  'discovered',
  'declared',
  'installed',
  'up',
];
const natural = new Intl.Collator('en', { numeric: true }).compare;

const byName = (a, b) => natural(a.name, b.name);
const ORDERS = {
  name: byName,
  state: (a, b) => URGENCY.indexOf(a.state) - URGENCY.indexOf(b.state),
  since: (a, b) => natural(b.stateSince, a.stateSince),
  rack: (a, b) =>
    placed(a) - placed(b) || natural(a.rack ?? '', b.rack ?? '') || (b.unit ?? 0) - (a.unit ?? 0),
};
/** Hosts whose rack is unknown come last. */
const placed = (host) => (host.rack === undefined ? 1 : 0);

/**
 * Order of two hosts by "name", "state" (urgent first), "since" (newest first) or "rack" (from the top of each
 * rack down); equal ones by name, so that no row moves without a reason.
 * @param {string} key
 * @param {boolean} backwards
 * @returns {(a: any, b: any) => number}
 */
export function comparison(key, backwards) {
  const first = ORDERS[key] ?? byName;
  return (a, b) => (backwards ? -1 : 1) * first(a, b) || byName(a, b);
}

/**
 * Everything of a host that a filter may name, as one text. MACs are in it without their colons too.
 * @param {any} host
 * @returns {string}
 */
export function searchText(host) {
  const { name, state, rack, unit, macs, managementAddress, serial, image, arm } = host;
  const place = rack === undefined ? '' : `${rack} u${unit ?? ''}`;
  const bare = macs.map((mac) => mac.replaceAll(':', ''));
  const parts = [name, state, place, ...macs, ...bare, managementAddress, serial, image, `armed:${arm}`];
  return parts.filter(Boolean).join('\n').toLowerCase();
}

/**
 * True for hosts in one of which every word of a filter is found; a MAC may be written with any separators.
 * @param {string} filter
 * @param {string | null} state
 * @returns {(host: any, text: string) => boolean}
 */
export function matcher(filter, state) {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const forms = words.map((word) => {
    const bare = word.replace(/[:.-]/g, '');
    return /^[0-9a-f]{4,12}$/.test(bare) ? [word, bare] : [word];
  });
  return (host, text) =>
    (state === null || host.state === state) &&
    forms.every((either) => either.some((word) => text.includes(word)));
}

/**
 * States that occur, the most urgent first, with their numbers.
 * @param {Iterable<any>} hosts
 * @returns {[state: string, count: number][]}
 */
export function countStates(hosts) {
  const counts = new Map();
  for (const { state } of hosts) counts.set(state, (counts.get(state) ?? 0) + 1);
  return URGENCY.filter((state) => counts.has(state)).map((state) => [state, counts.get(state)]);
}
