import type { HttpFact } from '../trace/entry.ts';
import { secondsText, sizeText, spanText } from '../trace/words.ts';
import type { Found } from './diagnosis.ts';
import { numbers, type Seen, type View } from './view.ts';

/** Bytes of an answer by which a rate is judged. */
const LARGE = 20e6;
/** Mbit/s that are assumed of a link that nobody knows, and most that are expected of a machine's. */
const GIGABIT = 1000;
/** Share of the link below which a download is slow: what 100 Mbit/s are of a gigabit, and a little. */
const SLOW = 0.11;
/** Seconds that a download may take, however slow it is. */
const LONG = 45;
/** Seconds without a byte after which a download stands still: how far it is would have been told several times. */
const STALLED = 60;
const PORT =
  'look at the speed and duplex that the switch shows for its port (both sides on automatic), at the cable, and at how many machines load at once (rackhand queue list)';

type Download = Seen<HttpFact>;

export function slowLink(view: View): Found | undefined {
  if (downloadSlow(view)) return undefined;
  const large = view
    .of('http')
    .filter(
      (step): step is Seen<HttpFact & { bytes: number; seconds: number }> =>
        step.fact.step === 'sent' && (step.fact.bytes ?? 0) >= LARGE && (step.fact.seconds ?? 0) > 0,
    );
  const fastest = large.toSorted((a, b) => rateOf(b.fact) - rateOf(a.fact))[0];
  if (!fastest || !isSlow(view, rateOf(fastest.fact))) return undefined;
  const rate = rateOf(fastest.fact);
  return {
    effect: 'slows',
    certainty: 'possible',
    what: `${fastest.fact.path} came at ${mbitText(rate)} Mbit/s where ${linkOf(view)} may be had: ${looksLike(rate)}`,
    mend: PORT,
    evidence: numbers(...large.slice(-3)),
  };
}

/** Bytes come, and too few of them: nothing has stopped. */
export function downloadSlow(view: View): Found | undefined {
  if (view.arrived) return undefined;
  const last = open(view).findLast(
    (step) => step.fact.step === 'moving' && secondsSince(view, step) < STALLED,
  );
  if (!last) return undefined;
  const { path, bytes = 0, size, seconds = 0, rate = 0 } = last.fact;
  const left = size === undefined || rate <= 0 ? undefined : Math.max(0, size - bytes) / rate;
  if (!isSlow(view, rate) || seconds + (left ?? 0) < LONG) return undefined;
  const rest =
    left === undefined
      ? ''
      : `; at that rate the rest takes ${spanText(Math.max(1, left - secondsSince(view, last)))} more`;
  return {
    effect: 'slows',
    certainty: 'certain',
    what: `${path} comes slowly, and has not stopped: ${sizeText(rate)}/s now, ${sizeText(bytes)}${ofSize(size)} in ${secondsText(seconds)}${rest}`,
    mend: `wait for it, or ${PORT}`,
    evidence: numbers(last),
  };
}

export function downloadStopped(view: View): Found | undefined {
  if (view.arrived) return undefined;
  const all = downloads(view);
  const isHad = (path: string) => all.some(({ fact }) => fact.path === path && fact.step === 'sent');
  const broken = all.filter(({ fact }) => fact.step === 'broken' && !isHad(fact.path));
  const last = broken.at(-1);
  // What it took up again, and what it went on to, is judged by itself.
  if (last && !open(view).some(({ i }) => i > last.i))
    return {
      effect: 'stops',
      certainty: 'certain',
      what: `the download of ${last.fact.path} ended after ${sizeText(last.fact.bytes ?? 0)}${ofSize(last.fact.size)}`,
      mend: 'look at its screen and at the link; some iPXE builds hang in large downloads: try another loader, or newer firmware of the card',
      evidence: numbers(...broken.slice(-3)),
    };
  const still = open(view).at(-1);
  if (!still || secondsSince(view, still) < STALLED) return undefined;
  const { path, step, bytes = 0, size } = still.fact;
  const at = step === 'moving' ? `at ${sizeText(bytes)}${ofSize(size)}` : 'at its beginning';
  return {
    effect: 'stops',
    certainty: 'likely',
    what: `the download of ${path} stands still ${at}: not one byte for ${spanText(secondsSince(view, still))}`,
    mend: 'look at its screen and at the link, then switch it off and on; some iPXE builds hang in large downloads: try another loader, or newer firmware of the card',
    evidence: numbers(...all.filter(({ i, fact }) => fact.path === path && i <= still.i).slice(-2)),
  };
}

function downloads(view: View): Download[] {
  return view
    .of('http')
    .filter(({ fact }) => ['kernel', 'initramfs', 'image'].includes(fact.what) && !fact.head);
}

/** The newest word of each download that has not ended. */
function open(view: View): Download[] {
  const newest = new Map(downloads(view).map((step) => [step.fact.path, step]));
  return [...newest.values()]
    .filter(({ fact }) => fact.step === 'begun' || fact.step === 'moving')
    .sort((a, b) => a.i - b.i);
}

function secondsSince(view: View, { until }: Download): number {
  return Math.max(0, view.facts.now - until) / 1000;
}

/** @param rate bytes per second */
function isSlow(view: View, rate: number): boolean {
  return mbit(rate) < linkOf(view) * SLOW;
}

/** Mbit/s. Faster cards on our side say nothing of the machine's. */
function linkOf(view: View): number {
  return Math.min(view.facts.linkMbit ?? GIGABIT, GIGABIT);
}

function looksLike(rate: number): string {
  if (mbit(rate) < 12) return 'as with a duplex mismatch, or a link of 10 Mbit/s';
  return mbit(rate) < 98 ? 'as over a link of 100 Mbit/s' : 'far below the link';
}

function mbitText(rate: number): string {
  return mbit(rate) < 1 ? mbit(rate).toPrecision(1) : mbit(rate).toFixed(0);
}

function mbit(rate: number): number {
  return (rate * 8) / 1e6;
}

function ofSize(size: number | undefined): string {
  return size === undefined ? '' : ` of ${sizeText(size)}`;
}

function rateOf({ bytes, seconds }: { bytes: number; seconds: number }): number {
  return bytes / seconds;
}
