import { collectGarbage } from '../shared/garbage.ts';
import { seeded } from '../shared/random.ts';

/** A codec, or anything else that bytes of strangers meet. */
export interface FuzzTarget {
  name: string;
  /** The next input: noise, and real messages that were spoiled. */
  input(random: () => number): Buffer;
  /**
   * Reads the input, and whatever else must hold of what was read.
   * @returns whether it was taken; @throws anything when it does not hold
   */
  check(input: Buffer): boolean;
}

export interface FuzzResult {
  inputs: number;
  /** How many were taken: a generator must reach both sides. */
  taken: number;
  /** Longest time for one input, milliseconds, the best of several tries: pauses of the machine do not count. */
  slowest: number;
  /** Bytes of memory held at the end more than after the first tenth, once what is garbage is gone. */
  growth: number;
  milliseconds: number;
}

/** Only what takes longer than this is tried again and reported, milliseconds. */
const SLOW = 2;
const TRIES = 5;

/** What was wrong, with the input in hexadecimal, to be kept in kept.ts. */
export class FuzzFailure extends Error {
  readonly hex: string;

  constructor(target: FuzzTarget, number: number, input: Buffer, cause: unknown) {
    const why = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    super(`${target.name}, input ${number}: ${input.toString('hex')}\n${why}`, { cause });
    this.hex = input.toString('hex');
  }
}

/** @throws FuzzFailure at the first input that does not hold */
export function fuzz(target: FuzzTarget, seed: number, inputs: number): FuzzResult {
  const random = seeded(seed);
  const result: FuzzResult = { inputs, taken: 0, slowest: 0, growth: 0, milliseconds: 0 };
  const started = performance.now();
  let settled = 0;
  for (let number = 0; number < inputs; number++) {
    if (number === Math.floor(inputs / 10)) settled = heldBytes();
    const input = target.input(random);
    const before = performance.now();
    if (checked(target, number, input)) result.taken += 1;
    if (performance.now() - before > SLOW)
      result.slowest = Math.max(result.slowest, bestTime(target, number, input));
  }
  result.growth = heldBytes() - settled;
  result.milliseconds = performance.now() - started;
  return result;
}

function checked(target: FuzzTarget, number: number, input: Buffer): boolean {
  try {
    return target.check(input);
  } catch (cause) {
    throw new FuzzFailure(target, number, input, cause);
  }
}

function bestTime(target: FuzzTarget, number: number, input: Buffer): number {
  const times = Array.from({ length: TRIES }, () => {
    const before = performance.now();
    checked(target, number, input);
    return performance.now() - before;
  });
  return Math.min(...times);
}

/** Bytes of memory that are held once what is garbage is gone. */
export function heldBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
