// Goes into the page as it stands: it imports nothing.

export interface Rect {
  x: number;
  y: number;
  w: number;
  h: number;
}

/**
 * Squarified treemap (Bruls, Huizing, van Wijk 2000): one rectangle for each value, in their order, which has to be
 * largest first. Their areas are as the values; together they fill `area`.
 */
export function squarify(values: readonly number[], area: Rect): Rect[] {
  const total = values.reduce((sum, value) => sum + value, 0);
  if (total <= 0 || area.w <= 0 || area.h <= 0) return values.map(() => ({ ...area, w: 0, h: 0 }));
  const scale = (area.w * area.h) / total;
  const rects: Rect[] = [];
  let left = { ...area };
  let at = 0;
  while (at < values.length) {
    const side = Math.min(left.w, left.h);
    let row = 0;
    let end = at;
    let worst = Number.POSITIVE_INFINITY;
    // The row takes one more as long as that makes its rectangles no longer.
    while (end < values.length) {
      const sum = row + values[end]! * scale;
      const next = worstRatio(values[at]! * scale, values[end]! * scale, sum, side);
      if (end > at && next > worst) break;
      worst = next;
      row = sum;
      end++;
    }
    left = placeRow(values.slice(at, end), scale, row, left, rects);
    at = end;
  }
  return rects;
}

/** Longest side to shortest of a row whose largest and smallest are known. */
function worstRatio(largest: number, smallest: number, sum: number, side: number): number {
  if (smallest <= 0) return Number.POSITIVE_INFINITY;
  const across = (sum * sum) / (side * side);
  return Math.max(largest / across, across / smallest);
}

/** @returns what is left of the area */
function placeRow(values: readonly number[], scale: number, row: number, left: Rect, rects: Rect[]): Rect {
  const upright = left.w >= left.h;
  const thick = upright ? row / left.h : row / left.w;
  let along = upright ? left.y : left.x;
  for (const value of values) {
    const length = thick > 0 ? (value * scale) / thick : 0;
    if (upright) rects.push({ x: left.x, y: along, w: thick, h: length });
    else rects.push({ x: along, y: left.y, w: length, h: thick });
    along += length;
  }
  return upright
    ? { x: left.x + thick, y: left.y, w: Math.max(0, left.w - thick), h: left.h }
    : { x: left.x, y: left.y + thick, w: left.w, h: Math.max(0, left.h - thick) };
}
