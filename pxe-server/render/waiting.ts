/** A machine's place in the queue, for its screen. */
export interface Place {
  /** Of a host, or MAC. */
  name: string;
  /** 1 is the next; of how many. */
  place: number;
  of: number;
  /** Until its turn, as far as can be told; until it asks again. */
  seconds: number;
  askIn: number;
  /** It has waited so long that its lease may end. */
  renews: boolean;
}

/** One line. */
export function waitingText({ name, place, of, seconds, askIn }: Place): string {
  return `${name} waits for its turn: place ${place} of ${of}, about ${inWords(seconds)}; asks again in ${askIn} s`;
}

function inWords(seconds: number): string {
  return seconds < 100 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
}
