/** What one run at a wanted rate came to. */
export interface Trial {
  /** 4-way exchanges per second: wanted, begun and ended. */
  wanted: number;
  begun: number;
  ended: number;
}

/** A run of so many seconds at so many exchanges per second. */
export type Attempt<T extends Trial> = (rate: number, seconds: number) => Promise<T>;

/** Share of exchanges that were begun and did not end. */
export function dropShare({ begun, ended }: Trial): number {
  return begun === 0 ? 1 : Math.max(0, 1 - ended / begun);
}

/** Share of exchanges that must end. */
const KEPT = 0.99;
/** A load program that begins fewer than this share of what it should is at its own limit. */
const BEGUN = 0.97;
const SHORT_SECONDS = 3;
const LONG_SECONDS = 10;
/** Factors between two short runs: where nothing is known, and around what an earlier search found. */
export const WIDE = 1.6;
export const NARROW = 1.15;
const FASTEST = 200_000;
/** The bracket is narrow enough for long runs. */
const FINE = 1.07;
const STEP = 1.03;
const STEPS_UP = 3;
const STEPS_DOWN = 12;

export function sustained(trial: Trial): boolean {
  const { begun, ended } = trial;
  return begun > 0 && ended >= KEPT * begun && beganEnough(trial);
}

function beganEnough({ wanted, begun }: Trial): boolean {
  return begun >= BEGUN * wanted;
}

/**
 * One load program, as long as it begins what it should: a run in which it began less says nothing of the server, and the
 * same rate is tried again by two. What two have held, and what is above it, one need not try. The same for every server.
 * @param attempt a run by so many programs
 */
export function byEnoughPrograms<T extends Trial>(
  attempt: (rate: number, seconds: number, programs: 1 | 2) => Promise<T>,
): Attempt<T> {
  let heldByTwo = Number.POSITIVE_INFINITY;
  return async (rate, seconds) => {
    if (rate < heldByTwo) {
      const trial = await attempt(rate, seconds, 1);
      if (beganEnough(trial)) return trial;
    }
    const trial = await attempt(rate, seconds, 2);
    if (sustained(trial)) heldByTwo = Math.min(heldByTwo, rate);
    return trial;
  };
}

/**
 * The highest rate that a server holds for ten seconds with at most 1% drops: a bracket by short runs, then long
 * runs that go up from its lower end while they hold, or down until one does.
 * @param first where to begin, exchanges per second
 * @param growth factor between two short runs, WIDE or NARROW
 * @returns undefined when not even a crawl is held
 */
export async function highestRate<T extends Trial>(
  attempt: Attempt<T>,
  first: number,
  growth: number,
): Promise<T | undefined> {
  const holds = async (rate: number) => sustained(await attempt(Math.round(rate), SHORT_SECONDS));
  let { low, high } = await bracket(holds, first, growth);
  while (high / low > FINE) {
    const middle = Math.sqrt(low * high);
    if (await holds(middle)) low = middle;
    else high = middle;
  }
  return confirm(attempt, low);
}

async function bracket(holds: (rate: number) => Promise<boolean>, first: number, growth: number) {
  if (await holds(first)) {
    let low = first;
    while (low < FASTEST && (await holds(low * growth))) low *= growth;
    return { low, high: low * growth };
  }
  let high = first;
  while (high > growth && !(await holds(high / growth))) high /= growth;
  return { low: high / growth, high };
}

async function confirm<T extends Trial>(attempt: Attempt<T>, rate: number): Promise<T | undefined> {
  const run = (wanted: number) => attempt(Math.round(wanted), LONG_SECONDS);
  let best = await run(rate);
  for (let down = 1; !sustained(best); down++) {
    if (down > STEPS_DOWN) return undefined;
    best = await run(rate / STEP ** (2 * down));
    if (sustained(best)) return best;
  }
  for (let up = 1; up <= STEPS_UP; up++) {
    const higher = await run(rate * STEP ** up);
    if (!sustained(higher)) break;
    best = higher;
  }
  return best;
}
