import type { Moments, StartReport, StartStep } from '../contract/trial.ts';

/** From what was seen of a machine to where its seconds went. Pure. */

/** A piece of what a machine wrote, with the seconds after power-on at which it came. It may end in the middle of a line. */
export interface Heard {
  at: number;
  text: string;
}

export interface Seen {
  /** The serial port, in order. */
  serial: readonly Heard[];
  /** When the provisioning service first saw it. */
  asked?: number | undefined;
  /** Seconds since the kernel's start, as the machine told them, and when that came. */
  clocks?: readonly { at: number; uptime: number }[];
  /** When its health came. */
  healthy?: number | undefined;
  start?: StartReport | undefined;
}

/** The clock before each line of the kernel; what a loader wrote before it need not have ended its line. */
const STAMP = /\[ *(\d+\.\d{6})\]/g;
/** OVMF hands over (MdeModulePkg, BdsDxe). */
const HANDED_OVER = /BdsDxe: starting Boot/g;

/** @returns seconds after power-on */
export function momentsOf({ serial, asked, clocks, healthy, start }: Seen): Moments {
  const kernel = kernelStart(serial, clocks);
  const loader = earliest([before(kernel, asked), firstLoader(serial, kernel)]);
  const clock = start?.clock ?? {};
  const placed = (microseconds: number | undefined) =>
    microseconds === undefined || microseconds === 0 || kernel === undefined
      ? undefined
      : round(kernel + microseconds / 1e6);
  const found = {
    loader: loader === undefined ? undefined : round(loader),
    kernel: kernel === undefined ? undefined : round(kernel),
    initramfs: placed(clock.initrd),
    system: placed(clock.userspace),
    started: placed(clock.finish),
    healthy: healthy === undefined ? undefined : round(healthy),
  };
  return Object.fromEntries(Object.entries(found).filter(([, at]) => at !== undefined));
}

/**
 * When the kernel's clock began: what it says comes a little after the clock that it says, so what came soonest tells
 * best.
 */
export function kernelStart(serial: readonly Heard[], clocks: Seen['clocks'] = []): number | undefined {
  return earliest([
    ...timed(serial, STAMP).map(({ match, at }) => at - Number(match[1])),
    ...clocks.map(({ at, uptime }) => at - uptime),
  ]);
}

/** How far a machine is that has not ended yet, for who waits. */
export function standing({ serial, clocks = [] }: Pick<Seen, 'serial' | 'clocks'>): string {
  if (clocks.length > 0) return 'its last unit has started, and its health is asked';
  return kernelStart(serial) === undefined ? 'no word of its kernel yet' : 'its kernel runs';
}

/** Until the kernel, only loaders write to the serial port, and UEFI firmware, which says when it hands over. */
function firstLoader(serial: readonly Heard[], kernel: number | undefined): number | undefined {
  if (timed(serial, /BdsDxe/g).length > 0) return before(kernel, timed(serial, HANDED_OVER)[0]?.at);
  return before(kernel, serial.find(({ text }) => text.trim() !== '')?.at);
}

function before(kernel: number | undefined, moment: number | undefined): number | undefined {
  return moment !== undefined && moment <= (kernel ?? moment) ? moment : undefined;
}

/** Each match in all that was written, with the time at which its end came. */
function timed(serial: readonly Heard[], pattern: RegExp): { match: RegExpExecArray; at: number }[] {
  const text = serial.map((piece) => piece.text).join('');
  let [piece, end] = [0, serial[0]?.text.length ?? 0];
  return [...text.matchAll(pattern)].map((match) => {
    while (end < match.index + match[0].length) end += serial[++piece]!.text.length;
    return { match, at: serial[piece]!.at };
  });
}

export interface Wait {
  what: string;
  /** Seconds after power-on. */
  from: number;
  seconds: number;
}

/** What a unit or the fetching of the image took; those below a tenth of a second are left out. Longest first. */
export function waitsOf(start: StartReport | undefined, kernel: number | undefined): Wait[] {
  if (!start || kernel === undefined) return [];
  const open = new Map<string, number>();
  const waits: Wait[] = [];
  const close = (what: string, from: number | undefined, to: number) => {
    if (from !== undefined && to - from >= 100_000)
      waits.push({ what, from: round(kernel + from / 1e6), seconds: round((to - from) / 1e6) });
  };
  for (const step of start.steps) {
    const { what, begins } = named(step);
    if (what === undefined) continue;
    if (begins) open.set(what, step.at);
    else {
      close(what, open.get(what), step.at);
      open.delete(what);
    }
  }
  return waits.sort((a, b) => b.seconds - a.seconds);
}

function named(step: StartStep): { what?: string; begins?: boolean } {
  if ('unit' in step) return { what: step.unit, begins: step.what === 'begins' };
  if (step.says.startsWith('image: fetching')) return { what: 'fetching the image', begins: true };
  if (step.says.startsWith('image: whole')) return { what: 'fetching the image', begins: false };
  return {};
}

function earliest(moments: readonly (number | undefined)[]): number | undefined {
  const known = moments.filter((moment) => moment !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function round(seconds: number): number {
  return Math.max(0, Math.round(seconds * 100) / 100);
}
