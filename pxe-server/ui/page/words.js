// Texts for people: decides only, and knows no document.

/**
 * "8 s", "5 min", "3 h", "12 d" of milliseconds; what is in the future counts as now.
 * @param {number} milliseconds
 * @returns {string}
 */
export function age(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

/**
 * "40 s", "20 min", "2 h 30 min" of seconds that somebody still waits, never less than it is: as render/waiting.ts says
 * it on the machine's screen.
 * @param {number} seconds
 * @returns {string}
 */
export function waitTime(seconds) {
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Ten years: leases that have no end are told as ones that end in 2106. */
const FOREVER = 10 * 365 * 86400_000;

/**
 * "in 52 min" or "3 h ago" of milliseconds from now; "never" of what is many years ahead.
 * @param {number} milliseconds
 * @returns {string}
 */
export function fromNow(milliseconds) {
  if (milliseconds > FOREVER) return 'never';
  return milliseconds > 0 ? `in ${age(milliseconds)}` : `${age(-milliseconds)} ago`;
}

/**
 * "leased 8 min ago": what a machine did last; without the time where that is not known.
 * @param {{ how: string, at: string | null }} seen
 * @param {number} now
 * @returns {string}
 */
export function leaseSeen({ how, at }, now) {
  return at === null ? how : `${how} ${age(now - Date.parse(at))} ago`;
}

/**
 * Bytes as disks are sold: decimal.
 * @param {number} bytes
 * @returns {string}
 */
export function diskSize(bytes) {
  return bytes >= 1e12 ? `${(bytes / 1e12).toFixed(1)} TB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/**
 * MiB as memory is sold: binary.
 * @param {number} mebibytes
 * @returns {string}
 */
export function memorySize(mebibytes) {
  const gibibytes = mebibytes / 1024;
  return `${Number.isInteger(gibibytes) ? gibibytes : gibibytes.toFixed(1)} GiB`;
}

/**
 * "r1 U12", or as much of it as is known.
 * @param {{ rack?: string, unit?: number }} host
 * @returns {string}
 */
export function place({ rack, unit }) {
  return [rack, unit === undefined ? undefined : `U${unit}`].filter(Boolean).join(' ');
}

/**
 * Digits as they are read out and typed: in groups of four.
 * @param {string} digits
 * @returns {string[]}
 */
export function fours(digits) {
  return digits.match(/.{1,4}/g) ?? [];
}

/**
 * The two halves of a SHA-256 fingerprint: a machine's console accepts the first 32 digits.
 * @param {string} fingerprint
 * @returns {{ needed: string[], rest: string[] }}
 */
export function fingerprint(fingerprint) {
  return { needed: fours(fingerprint.slice(0, 32)), rest: fours(fingerprint.slice(32)) };
}

/**
 * Lines of label and value of what a person or a file said of a host; empty ones are left out.
 * @param {any} host
 * @param {(iso: string) => string} stamp
 * @returns {[label: string, value: string][]}
 */
export function declaredFacts(host, stamp) {
  return kept([
    ['Rack', place(host)],
    ['MAC', host.macs.join(' ')],
    ['Serial', host.serial],
    ['UUID', host.uuid],
    ['Image', host.image ?? 'the default'],
    ['Kickstart', host.kickstart],
    ['Installer', host.installer],
    ['Secure Boot', { true: 'signed loaders only', false: 'no' }[String(host.secureBoot)]],
    ['Armed', { off: 'off', once: 'once: its next boot', always: 'always: every boot' }[host.arm]],
    ['Reserved address', host.address],
    ['Kernel arguments', host.kernelArguments.join(' ')],
    ['Managed at', host.managementAddress],
    ['Last seen', host.lastSeen && stamp(host.lastSeen)],
    ['Certificate until', host.certificateNotAfter && stamp(host.certificateNotAfter)],
  ]);
}

/**
 * The same of what its agent found in the machine.
 * @param {any} inventory
 * @returns {[label: string, value: string][]}
 */
export function machineFacts(inventory) {
  const { cpu, firmware, secureBoot } = inventory;
  const boot = firmware === 'uefi' ? `UEFI, Secure Boot ${secureBoot ? 'on' : 'off'}` : 'BIOS';
  return kept([
    ['Model', [inventory.vendor, inventory.product].filter(Boolean).join(' ')],
    ['Serial', inventory.serial],
    ['UUID', inventory.uuid],
    ['Processors', `${cpu.count} × ${cpu.model || 'unknown'}`],
    ['Virtualization', inventory.kvm ? 'KVM works' : 'no KVM: off in the firmware, or not there'],
    ['Memory', memorySize(inventory.memory)],
    ['Firmware', boot],
    ['Addresses', inventory.addresses.join(' ')],
    ['Kernel', inventory.kernel],
    ['Booted image', inventory.image],
  ]);
}

/** @param {[string, string | null | undefined][]} rows @returns {[string, string][]} */
function kept(rows) {
  return /** @type {[string, string][]} */ (rows.filter(([, value]) => value));
}

/** @type {Record<string, string>} */
const REACH = {
  nothing: 'nothing was heard',
  asked: 'it asked for an address',
  offered: 'it was offered an address',
  leased: 'it had its address',
  loader: 'it loaded its loader',
  script: 'it had its boot script',
  kernel: 'it loaded its kernel',
  network: 'its system had the network',
  image: 'it loaded its image',
  agent: 'its agent called',
  registered: 'it registered',
};

/**
 * How far a boot came.
 * @param {string} reach
 * @returns {string}
 */
export function reachText(reach) {
  return REACH[reach] ?? reach;
}

/**
 * What is said of a boot in which nothing wrong was found: one that ended without a word looks like one that goes on,
 * for a while.
 * @param {string} reach
 * @returns {string}
 */
export function soundText(reach) {
  if (reach === 'registered') return 'Nothing wrong was found.';
  return 'Nothing wrong was found yet. Silence tells after half a minute behind a loader, a minute and a half behind a kernel, four behind an image.';
}

/**
 * "Likely stopped by" of a diagnosis' effect and certainty.
 * @param {string} effect
 * @param {string} certainty
 * @returns {string}
 */
export function effectText(effect, certainty) {
  const what = { stops: 'stopped by', slows: 'slowed by' }[effect] ?? 'worth knowing';
  const sure = { certain: '', likely: 'likely ', possible: 'perhaps ' }[certainty] ?? '';
  const text = `${sure}${what}`;
  return `${(text[0] ?? '').toUpperCase()}${text.slice(1)}`;
}

/**
 * What is to be typed, apart from the sentence around it: up to where that goes on.
 * @param {string} text
 * @returns {{ text: string, typed: boolean }[]}
 */
export function typedParts(text) {
  const command = /(rackhand [^;,()…]*?)(?=[;,()…]|$| says | with | and | shows )/;
  return text
    .split(command)
    .map((part, i) => ({ text: part, typed: i % 2 === 1 }))
    .filter((part) => part.text !== '');
}

/**
 * A boot in one line, to choose it by.
 * @param {{ boot: string, reach: string, diagnosis: string | null }} boot
 * @param {(iso: string) => string} stamp
 * @returns {string}
 */
export function bootTitle({ boot, reach, diagnosis }, stamp) {
  return `${stamp(boot)}: ${diagnosis ?? reachText(reach)}`;
}
