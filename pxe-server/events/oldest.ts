/**
 * Deletes an eighth of a map from its beginning when it has more than so many entries. One at a time would walk over the
 * places of those that went before, each time.
 */
export function forgetOldest(map: Map<unknown, unknown> | Set<unknown>, most: number): void {
  if (map.size <= most) return;
  let surplus = Math.ceil(most / 8);
  for (const key of map.keys()) {
    if (surplus-- === 0) return;
    map.delete(key);
  }
}
