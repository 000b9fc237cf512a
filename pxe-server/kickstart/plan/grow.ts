/** Something that has a size and may take more, in units that are not divided. */
export interface Growing {
  size: number;
  /** undefined is no limit. */
  limit?: number | undefined;
  grow: boolean;
}

/**
 * Shares out what is free in proportion to the sizes, as far as the limits, until nothing is free or nobody takes
 * more. What does not divide goes to the first ones, a unit each.
 * @returns the sizes, in the same order; their sum is at most `total`
 */
export function shareOut(parts: readonly Growing[], total: number): number[] {
  const sizes = parts.map(({ size }) => size);
  let free = total - sizes.reduce((sum, size) => sum + size, 0);
  const room = (i: number) => (parts[i]!.limit ?? Number.POSITIVE_INFINITY) - sizes[i]!;
  for (;;) {
    const open = parts.flatMap(({ grow }, i) => (grow && room(i) > 0 ? [i] : []));
    if (free <= 0 || open.length === 0) return sizes;
    const weight = open.reduce((sum, i) => sum + parts[i]!.size, 0);
    // BigInt: sectors times sectors is beyond 2^53.
    const shares = open.map((i) =>
      weight === 0
        ? Math.floor(free / open.length)
        : Number((BigInt(free) * BigInt(parts[i]!.size)) / BigInt(weight)),
    );
    let left = free - shares.reduce((sum, share) => sum + share, 0);
    for (const [at, i] of open.entries()) {
      const more = Math.min(room(i), shares[at]! + (left > 0 ? 1 : 0));
      if (left > 0) left -= 1;
      sizes[i]! += more;
      free -= more;
    }
  }
}
