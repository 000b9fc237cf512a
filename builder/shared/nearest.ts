/** Edits between two texts: insert, delete, replace, and two neighbours swapped (optimal string alignment). */
export function distance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? before[j - 2]! + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min(replace, swap, previous[j]! + 1, row[j - 1]! + 1));
    }
    before = previous;
    previous = row;
  }
  return previous[b.length]!;
}

/** Candidates that somebody who wrote `name` may have meant, best first; ties in alphabetical order. */
export function nearest(name: string, candidates: Iterable<string>, limit = 3): string[] {
  const reach = Math.max(2, Math.floor(name.length / 3));
  return [...new Set(candidates)]
    .map((candidate) => ({ candidate, score: score(name, candidate) }))
    .filter(({ score }) => score <= reach)
    .sort((a, b) => a.score - b.score || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, limit)
    .map(({ candidate }) => candidate);
}

/** A name that contains the other is near, however long the rest: `kernel` and `kernel-core`. */
function score(name: string, candidate: string): number {
  const [a, b] = [name.toLowerCase(), candidate.toLowerCase()];
  const plain = distance(a, b);
  return a.length > 3 && (b.includes(a) || a.includes(b)) ? Math.min(plain, 2) : plain;
}
