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
  return `${name} waits for its turn: place ${place} of ${of}, about ${waitTime(seconds)}; asks again in ${askIn} s`;
}

/** "40 s", "20 min", "2 h 30 min": how long somebody still waits, never less than it is. */
export function waitTime(seconds: number): string {
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
