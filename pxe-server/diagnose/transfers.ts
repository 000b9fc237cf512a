import type { TftpFact } from '../trace/entry.ts';
import { secondsText, sizeText } from '../trace/words.ts';
import type { Found } from './diagnosis.ts';
import { numbers, type Seen, type View } from './view.ts';

/** A transfer that took less is not worth a word, in seconds. */
const LONG = 4;
/** Seconds for one block in lock-step, above which the round trip counts more than the line. */
const SLOW_BLOCK = 0.002;
/** What a window is reckoned with: gains flatten behind it. */
const WINDOW = 16;
/** Share of blocks that were sent again. */
const LOSSY = 0.01;
const LEAST_REPEATED = 5;
/** Mbit/s that are assumed of a link that nobody knows. */
const GIGABIT = 1000;

export function lockStep(view: View): Found | undefined {
  const slow = transfers(view).filter(
    ({ fact }) =>
      (fact.window ?? 1) === 1 && fact.seconds >= LONG && perBlock(fact) >= SLOW_BLOCK && !isLossy(fact),
  );
  const worst = slow.toSorted((a, b) => b.fact.seconds - a.fact.seconds)[0];
  if (!worst) return undefined;
  const { name, bytes, seconds, blockSize = 512 } = worst.fact;
  const rate = bytes / seconds;
  const block = perBlock(worst.fact);
  const windowed = Math.min(rate * WINDOW, (view.facts.linkMbit ?? GIGABIT) * 125_000);
  return {
    effect: 'slows',
    certainty: 'likely',
    what:
      `${name} went block by block: one of ${blockSize} bytes each ${(block * 1000).toFixed(1)} ms makes ${sizeText(rate)}/s; ` +
      `with a window of ${WINDOW} blocks it would be up to ${sizeText(windowed)}/s, ${secondsText(bytes / windowed)} instead of ${secondsText(seconds)}`,
    mend: `${asks(worst.fact)}; use firmware that asks for a window (UEFI does, RFC 7440) or HTTP Boot; keep only the loader on TFTP: iPXE fetches the rest by HTTP`,
    evidence: numbers(...slow.slice(-3)),
  };
}

export function heavyRetransmission(view: View): Found | undefined {
  const lossy = transfers(view, 'gave-up', 'aborted').filter(({ fact }) => isLossy(fact));
  const worst = lossy.at(-1);
  if (!worst) return undefined;
  const { name } = worst.fact;
  const again = sentAgain(worst.fact);
  const share = (100 * again) / blocksOf(worst.fact);
  return {
    effect: 'slows',
    certainty: 'certain',
    what: `${name}: ${again} blocks were sent again (${share.toFixed(1)}%); ${lossySide(worst.fact)}`,
    mend: 'look at the error counters of the ports on the way (CRC, drops), at the cable and at duplex settings; an overloaded uplink drops too',
    evidence: numbers(...lossy.slice(-3)),
  };
}

export function tftpStopped(view: View): Found | undefined {
  const stopped = view.of('tftp').filter(({ fact }) => fact.step === 'gave-up' || fact.step === 'failed');
  const last = stopped.at(-1);
  // Whatever it had after that, it did not end there.
  if (!last || view.arrived || view.files.some(({ i, fact }) => i > last.i && fact.step === 'sent'))
    return undefined;
  const { name, bytes = 0, step, why } = last.fact;
  if (step === 'failed')
    return {
      effect: 'stops',
      certainty: 'certain',
      what: `${name} could not be sent: ${why ?? 'an error of this server'}`,
      mend: `see whether it is whole: rackhand images verify ${/images\/([0-9a-f]{16})\//.exec(name)?.[1] ?? 'IMAGE'}; the log of role boot says why`,
      evidence: numbers(last),
    };
  return {
    effect: 'stops',
    certainty: 'certain',
    what:
      bytes > 0
        ? `the machine fell silent in the middle of ${name}, after ${sizeText(bytes)}`
        : `${name} was sent to the machine, and not one answer came`,
    mend:
      bytes > 0
        ? 'look at the link (was the machine switched off, did the port go down?)'
        : 'a filter lets UDP 69 through and not the ports of transfers: allow UDP from this server’s high ports, and back',
    evidence: numbers(...stopped.slice(-3)),
  };
}

function isLossy(fact: TftpFact): boolean {
  const again = sentAgain(fact);
  return again >= LEAST_REPEATED && again / blocksOf(fact) >= LOSSY;
}

/** Blocks. What goes to a machine that has left says nothing of the way to it: only what it asked for counts there. */
function sentAgain({ step, repeated = 0, requested = 0 }: TftpFact): number {
  return step === 'sent' ? repeated : requested;
}

/** Which side lost them; without a window nobody asks for what is missing, so that cannot be told. */
function lossySide(fact: TftpFact): string {
  const { requested, window = 1 } = fact;
  if (window === 1 || requested === undefined)
    return 'block by block it cannot be told whether what we sent or what the machine answered got lost';
  return requested >= sentAgain(fact) / 2
    ? 'what we sent got lost on its way to the machine: it asked for the same blocks again'
    : 'what the machine sent got lost, or came too late: it fell silent, and asked for nothing again';
}

function asks({ askedWindow, askedBlockSize }: TftpFact): string {
  const window = askedWindow ? 'asked for windows of one block' : 'asked for no window';
  return `its program ${window}${askedBlockSize === false ? ' and for no block size' : ''}`;
}

type Measured = TftpFact & { bytes: number; seconds: number };

function transfers(view: View, ...also: TftpFact['step'][]): Seen<Measured>[] {
  return view
    .of('tftp')
    .filter(
      (step): step is Seen<Measured> =>
        (step.fact.step === 'sent' || also.includes(step.fact.step)) &&
        step.fact.bytes !== undefined &&
        (step.fact.seconds !== undefined || also.length > 0),
    );
}

function blocksOf({ bytes = 0, blockSize = 512 }: TftpFact): number {
  return Math.max(1, Math.ceil(bytes / blockSize));
}

/** Seconds. */
function perBlock(fact: Measured): number {
  return fact.seconds / blocksOf(fact);
}
