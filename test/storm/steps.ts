/** What machines do on their way, in order; `boot` is all of it, from power to the end. */
export const STEPS = [
  'dhcp',
  'loader',
  'script',
  'turn',
  'kernel',
  'kickstart',
  'root',
  'registration',
  'boot',
] as const;
export type Step = (typeof STEPS)[number];

/** What became of all machines together. */
export interface StormResult {
  machines: number;
  finished: number;
  /** From the first power-on to the last end. */
  seconds: number;
  /** Of each machine that finished: from the first power-on of all to its own end. */
  ends: number[];
  /** Each time that one of the machines did it. */
  milliseconds: Record<Step, number[]>;
  /** Packets and requests that were said again, and boots that began anew. */
  repeats: Record<Step, number>;
  /** The first reasons of boots that began anew, and of machines that never finished. */
  faults: string[];
}

const FAULTS = 20;

export class Tally {
  readonly result: StormResult;
  readonly #started = performance.now();

  constructor(machines: number) {
    const each = <T>(make: () => T) =>
      Object.fromEntries(STEPS.map((step) => [step, make()])) as Record<Step, T>;
    this.result = {
      ...{ machines, finished: 0, seconds: 0, ends: [], faults: [] },
      ...{ milliseconds: each((): number[] => []), repeats: each(() => 0) },
    };
  }

  async timed<T>(step: Step, run: () => Promise<T>): Promise<T> {
    const before = performance.now();
    const value = await run();
    this.result.milliseconds[step].push(Math.round((performance.now() - before) * 100) / 100);
    return value;
  }

  again(step: Step): void {
    this.result.repeats[step] += 1;
  }

  fault(message: string): void {
    if (this.result.faults.length < FAULTS) this.result.faults.push(message);
  }

  finish(): void {
    this.result.finished += 1;
    this.result.seconds = (performance.now() - this.#started) / 1000;
    this.result.ends.push(this.result.seconds);
  }
}
