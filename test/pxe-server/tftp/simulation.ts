import type { Negotiated } from '../../../pxe-server/tftp/negotiate.ts';
import type { Step, Transfer } from '../../../pxe-server/tftp/transfer.ts';

/** How a client answers blocks that it did not expect: EDK2 each of them, others the first after a gap. */
export type Answers = 'every' | 'first';

export interface Wire {
  /** Milliseconds that a packet travels. */
  delay?: (packet: number) => number;
  /** By a packet's number, counted over both directions. */
  loses?: (packet: number) => boolean;
}

export interface Outcome {
  /** 'unproven': all was sent, and the acknowledgement of the end never came. */
  end: 'done' | 'unproven' | 'give-up' | 'endless';
  /** Blocks that the sender put on the wire, repeats included. */
  sent: number;
  /** Blocks that the client took, in order. */
  taken: number;
  milliseconds: number;
}

/** Milliseconds that a packet occupies the wire, and that a client waits before it repeats itself. */
const SPACING = 0.01;
const CLIENT_TIMEOUT = 3000;
const MOST_EVENTS = 300_000;

/** A whole transfer with time as a number: hours pass in an instant, and every run is the same. */
export function simulate(
  transfer: Transfer,
  { windowSize }: Negotiated,
  answers: Answers,
  { delay = () => 0.3, loses = () => false }: Wire = {},
): Outcome {
  const clock = new Clock();
  const outcome: Outcome = { end: 'endless', sent: 0, taken: 0, milliseconds: 0 };
  let packets = 0;
  const travel = (direction: { free: number }, arrive: () => void) => {
    direction.free = Math.max(direction.free, clock.now) + SPACING;
    const number = packets++;
    if (!loses(number)) clock.at(direction.free + delay(number), arrive);
  };
  const down = { free: 0 };
  const up = { free: 0 };

  let cancelSilence = () => {};
  const perform = (step: Step) => {
    if (outcome.end !== 'endless' || step.kind === 'wait') return;
    cancelSilence();
    if (step.kind === 'done' || step.kind === 'give-up') {
      const unproven = step.kind === 'give-up' && transfer.awaitsOnlyTheEnd;
      outcome.end = unproven ? 'unproven' : step.kind;
      outcome.milliseconds = clock.now;
      return;
    }
    if (step.kind === 'options') travel(down, () => answer(0));
    else for (let block = step.from; block <= step.to; block++) sendBlock(block);
    cancelSilence = clock.at(clock.now + transfer.wait, () => perform(transfer.silence(clock.now)));
  };
  const sendBlock = (block: number) => {
    outcome.sent += 1;
    travel(down, () => receive(block));
  };

  let acknowledged = 0;
  let gapAt = -1;
  let cancelRepeat = () => {};
  const answer = (block: number) => {
    acknowledged = block;
    travel(up, () => perform(transfer.acknowledge(block & 0xffff, clock.now)));
    cancelRepeat();
    if (block < transfer.blocks)
      cancelRepeat = clock.at(clock.now + CLIENT_TIMEOUT, () => answer(outcome.taken));
  };
  const receive = (block: number) => {
    if (outcome.taken === transfer.blocks) return;
    if (block !== outcome.taken + 1) {
      if (answers === 'first' && gapAt === outcome.taken) return;
      gapAt = outcome.taken;
      answer(outcome.taken);
      return;
    }
    outcome.taken = block;
    if (block - acknowledged === windowSize || block === transfer.blocks) answer(block);
  };

  perform(transfer.start(clock.now));
  for (let i = 0; i < MOST_EVENTS && outcome.end === 'endless' && clock.next(); i++);
  return outcome;
}

/** Events by time, those of the same time in the order they were made. */
class Clock {
  now = 0;
  readonly #events: { at: number; run: () => void }[] = [];

  at(at: number, run: () => void): () => void {
    const event = { at, run };
    let i = this.#events.length;
    while (i > 0 && this.#events[i - 1]!.at <= at) i--;
    this.#events.splice(i, 0, event);
    return () => {
      event.run = () => {};
    };
  }

  next(): boolean {
    const event = this.#events.pop();
    if (!event) return false;
    this.now = event.at;
    event.run();
    return true;
  }
}
