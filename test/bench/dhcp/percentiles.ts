/** Milliseconds from a question to its answer. */
export interface Latency {
  p50: number;
  p99: number;
  maximum: number;
  answers: number;
  /** Questions without an answer. */
  lost: number;
}

/** Infinity where so many were lost that one without an answer is meant. */
export function latencyOf({
  milliseconds,
  lost,
}: {
  milliseconds: readonly number[];
  lost: number;
}): Latency {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.ceil(share * (sorted.length + lost)) - 1] ?? Number.POSITIVE_INFINITY;
  return { p50: at(0.5), p99: at(0.99), maximum: at(1), answers: sorted.length, lost };
}
