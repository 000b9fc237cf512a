import { plainText } from '../events/plain-text.ts';
import { type DhcpFact, type Fact, lastSeen, type TraceEntry } from './entry.ts';

/** One try of a machine to boot, from its firmware's first question on. */
export interface Attempt {
  /** Host id, or MAC of a machine that is no host. */
  key: string;
  /** Interface that asked first; null where only an address or a token was seen. */
  mac: string | null;
  /** Milliseconds since 1970. */
  startedAt: number;
  entries: TraceEntry[];
  /** Bytes of its packets. */
  bytes: number;
  /** Steps and packets that had no place any more. */
  left: number;
}

/** How far an attempt came, in this order. */
export const REACHES = [
  'nothing',
  'asked',
  'offered',
  'leased',
  'loader',
  'script',
  'kernel',
  'network',
  'image',
  'agent',
  'registered',
] as const;
export type Reach = (typeof REACHES)[number];

/** Steps of an attempt that are kept, and those among them with a packet; bytes of all packets together. */
const ENTRIES = 400;
const FRAMES = 300;
const BYTES = 192 * 1024;
/** Lines of an installer's logs among them: the newest stay. */
const LOGS = 150;
/** Steps in which a script that is asked for again is looked for: GRUB's questions by TFTP are two each. */
const LATELY = 4;
/** Milliseconds of silence after which firmware that asks begins anew. PXE asks again after up to 32 s. */
const SILENCE = 60_000;
/** The same when it was sent away before: it comes back by itself. */
const SENT_AWAY = 5_000;
/** So long after an attempt's last step what comes without a name of its own does not belong to it. */
const STALE = 30 * 60_000;

/**
 * Whether a step begins an attempt, belongs to the one that runs, or to none: a system that renews its lease
 * boots nothing. Pure.
 */
export function placeOf(
  attempt: Pick<Attempt, 'entries'> | undefined,
  fact: Fact,
  at: number,
): 'new' | 'same' | 'none' {
  if (!attempt || attempt.entries.length === 0) return mayBegin(fact) ? 'new' : 'none';
  const quiet = Math.max(0, at - lastSeen(attempt.entries.at(-1)!));
  const reach = reachOf(attempt.entries);
  // Anybody can send a line of syslog in the name of an address: it belongs to an installation, or to nothing.
  if (isLog(fact)) return attempt.entries.some(({ fact }) => isInstaller(fact)) ? 'same' : 'none';
  if (isFirmwareAsking(fact)) return asksAnew(attempt.entries, fact, reach, quiet) ? 'new' : 'same';
  // A host that has arrived is followed by its heartbeats.
  if (reach === 'registered' && (quiet > SILENCE || isHeartbeat(fact)))
    return mayBegin(fact) ? 'new' : 'none';
  if (quiet <= STALE || fact.layer === 'agent' || fact.layer === 'report' || fact.layer === 'installer')
    return 'same';
  return mayBegin(fact) ? 'new' : 'none';
}

function asksAnew(entries: readonly TraceEntry[], fact: DhcpFact, reach: Reach, quiet: number): boolean {
  if (isBeyond(reach, 'script')) return true;
  const told = entries.findLast(({ fact }) => fact.layer === 'script')?.fact;
  if (told?.layer === 'script' && told.decision !== 'boot' && told.decision !== 'wait' && quiet > SENT_AWAY)
    return true;
  if (quiet <= SILENCE) return false;
  // RFC 2131 table 1: the same exchange, if it has been going on for as long as we have heard nothing.
  const goesOn = entries.some(({ fact: old }) => old.layer === 'dhcp' && old.xid === fact.xid);
  return !(goesOn && (fact.secs ?? 0) * 1000 >= quiet);
}

/** What is of a machine that boots; an address that is looked for, or a lease that is renewed, is not. */
function mayBegin(fact: Fact): boolean {
  switch (fact.layer) {
    case 'dhcp':
      return (
        fact.by === 'machine' &&
        fact.client !== 'system' &&
        (fact.type === 'discover' || fact.type === 'request')
      );
    case 'agent':
      return !isHeartbeat(fact) && fact.step !== 'up';
    case 'arp':
    case 'note':
      return false;
    case 'installer':
      return !isLog(fact);
    default:
      return true;
  }
}

function isInstaller(fact: Fact): boolean {
  return fact.layer === 'installer' && fact.step !== 'refused';
}

function isLog(fact: Fact): boolean {
  return fact.layer === 'installer' && fact.step === 'log';
}

function isFirmwareAsking(fact: Fact): fact is DhcpFact {
  return (
    fact.layer === 'dhcp' && fact.by === 'machine' && fact.type === 'discover' && fact.client !== 'system'
  );
}

function isHeartbeat(fact: Fact): boolean {
  return fact.layer === 'agent' && fact.step === 'heartbeat';
}

/**
 * Adds a step at its time, since roles tell theirs at their own pace; one that is the same as the last is counted there,
 * how far a download is takes the place of what was told of it before, and what has no place is counted as left out.
 */
export function append(attempt: Attempt, told: TraceEntry): void {
  const { entries } = attempt;
  const entry = { ...told, fact: plain(told.fact) };
  const older = entries.findIndex(({ fact }) => isSameDownload(fact, entry.fact));
  if (older >= 0 && entries[older]!.at <= entry.at) entries.splice(older, 1);
  const place = entries.findLastIndex(({ at }) => at <= entry.at) + 1;
  const asksAgain = isOwnScript(entry.fact);
  const before = entries
    .slice(Math.max(0, place - (asksAgain ? LATELY : 1)), place)
    .findLast((last) => isSame(last, entry));
  if (before) {
    before.times = (before.times ?? 1) + (entry.times ?? 1);
    before.until = Math.max(lastSeen(before), lastSeen(entry));
    return;
  }
  if (isLog(entry.fact) && entries.filter(({ fact }) => isLog(fact)).length >= LOGS) {
    // What a machine sent first when it sends much says least; the last lines say why it ends.
    entries.splice(
      entries.findIndex(({ fact }) => isLog(fact)),
      1,
    );
    attempt.left += 1;
    append(attempt, told);
    return;
  }
  if (entries.length >= ENTRIES) {
    attempt.left += 1;
    return;
  }
  const size = entry.frame?.bytes.length ?? 0;
  const kept = entries.length < FRAMES && attempt.bytes + size <= BYTES;
  if (entry.frame && !kept) attempt.left += 1;
  if (kept) attempt.bytes += size;
  const { frame, ...without } = entry;
  entries.splice(place, 0, frame && kept ? { ...without, frame } : without);
}

/** Of how far a download is only the newest word counts. */
function isSameDownload(old: Fact, fact: Fact): boolean {
  if (old.layer !== 'http' || fact.layer !== 'http') return false;
  return old.step === 'moving' && fact.step === 'moving' && old.path === fact.path;
}

/** What came from the network, without tokens and without what moves a cursor. */
function plain(fact: Fact): Fact {
  const fields = Object.entries(fact).map(([name, value]) => [
    name,
    typeof value === 'string' ? plainText(value) : value,
  ]);
  return Object.fromEntries(fields) as Fact;
}

/** Packets count only when they are told apart by nothing: else each is worth its bytes. */
function isSame(last: TraceEntry, entry: TraceEntry): boolean {
  return last.frame?.bytes === entry.frame?.bytes && worth(last.fact) === worth(entry.fact);
}

/** Of a machine's own script not how long it took. */
function worth(fact: Fact): string {
  return JSON.stringify(isOwnScript(fact) ? { ...fact, seconds: 0 } : fact);
}

/** One that waits for its turn asks for it each two seconds, for as long as that lasts; others tell loaders that go round. */
function isOwnScript(fact: Fact): boolean {
  if (fact.layer !== 'http' && fact.layer !== 'tftp') return false;
  return /(^|\/)(host\.ipxe|grub\.cfg-[0-9a-f:-]+)$/i.test(fact.layer === 'http' ? fact.path : fact.name);
}

export function reachOf(entries: readonly TraceEntry[]): Reach {
  let furthest = 0;
  for (const { fact } of entries) furthest = Math.max(furthest, REACHES.indexOf(reachedBy(fact)));
  return REACHES[furthest]!;
}

export function isBeyond(reach: Reach, than: Reach): boolean {
  return REACHES.indexOf(reach) > REACHES.indexOf(than);
}

function reachedBy(fact: Fact): Reach {
  switch (fact.layer) {
    case 'dhcp':
      if (fact.by === 'other') return 'nothing';
      if (fact.by === 'machine') return 'asked';
      return fact.type === 'ack' ? 'leased' : fact.type === 'offer' ? 'offered' : 'asked';
    case 'tftp':
      return fact.step === 'sent' || fact.step === 'asked'
        ? thingReach(thingOf(fact.name), fact.step)
        : 'nothing';
    case 'http':
      return fact.step === 'absent' || fact.step === 'refused' || fact.step === 'broken'
        ? 'nothing'
        : thingReach(fact.what, fact.step);
    case 'script':
      return 'script';
    case 'installer':
      return 'network';
    case 'report':
      return 'kernel';
    case 'agent':
      return fact.step === 'registered' || fact.step === 'heartbeat' || fact.step === 'up'
        ? 'registered'
        : 'agent';
    default:
      return 'nothing';
  }
}

function thingReach(what: string, step: string): Reach {
  if (what === 'script') return 'script';
  if (what === 'kickstart') return 'network';
  if (what === 'image') return step === 'sent' ? 'image' : 'network';
  if (what === 'loader') return 'loader';
  return what === 'kernel' || what === 'initramfs' ? 'kernel' : 'nothing';
}

/** What a name stands for by its shape, as TFTP and HTTP serve it. */
export function thingOf(
  name: string,
): 'loader' | 'script' | 'kernel' | 'initramfs' | 'image' | 'kickstart' | 'other' {
  const file = name.slice(name.lastIndexOf('/') + 1);
  if (/^grub\.cfg|\.ipxe$/i.test(file)) return 'script';
  if (/^\/?kickstart\//.test(name)) return 'kickstart';
  if (/^\/?rootfs\//.test(name) || /rootfs|\.squashfs$/i.test(file)) return 'image';
  if (/^(vmlinuz|kernel)/i.test(file)) return 'kernel';
  if (/^initr/i.test(file)) return 'initramfs';
  return /\.(efi|kpxe|pxe|0)$/i.test(file) ? 'loader' : 'other';
}
