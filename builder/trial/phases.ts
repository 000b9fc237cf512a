import type { Moments, StartReport, StartStep } from '../contract/trial.ts';

/** From what was seen of a machine to where its seconds went. Pure. */

/** A piece of what a machine wrote, with the seconds after power-on at which it came. */
export interface Heard {
  at: number;
  text: string;
}

export interface Seen {
  /** The serial port, in order. */
  serial: readonly Heard[];
  /** When the provisioning service first saw it. */
  asked?: number | undefined;
  /** When its health came. */
  healthy?: number | undefined;
  start?: StartReport | undefined;
}

/** A line of the kernel with its clock. */
const STAMP = /(?:^|\n|\r)\[ *(\d+\.\d{6})\]/g;
/** OVMF hands over (MdeModulePkg, BdsDxe). */
const HANDED_OVER = /BdsDxe: starting Boot/;

/** @returns seconds after power-on */
export function momentsOf({ serial, asked, healthy, start }: Seen): Moments {
  const kernel = kernelStart(serial);
  const loader = earliest([asked, firstLoader(serial, kernel)]);
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
 * When the kernel's clock began: a line comes a little after its stamp says, so the line that came soonest after its
 * stamp tells best.
 */
export function kernelStart(serial: readonly Heard[]): number | undefined {
  const starts = serial.flatMap(({ at, text }) =>
    [...text.matchAll(STAMP)].map(([, stamp]) => at - Number(stamp)),
  );
  return earliest(starts);
}

/** Until the kernel, only loaders write to the serial port, and UEFI firmware, which says when it hands over. */
function firstLoader(serial: readonly Heard[], kernel = Number.POSITIVE_INFINITY): number | undefined {
  const before = serial.filter(({ at, text }) => at <= kernel && text.trim() !== '');
  const uefi = before.find(({ text }) => HANDED_OVER.test(text));
  if (uefi) return uefi.at;
  return before.some(({ text }) => /BdsDxe/.test(text)) ? undefined : before[0]?.at;
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
