/** Bytes of a file. */
export interface ByteRange {
  start: number;
  /** After the last byte. */
  end: number;
}

/** Ranges of one request; more of them cost the server more than the whole (RFC 9110 section 17.15). */
const MOST = 16;

/**
 * The byte ranges that a request asks for (RFC 9110 section 14), in its own order unless some overlap, which are then
 * joined. Pure.
 * @returns whole when there is no usable Range header; none when nothing of it can be satisfied
 */
export function byteRanges(header: string | undefined, size: number): ByteRange[] | 'whole' | 'none' {
  const set = header === undefined ? null : /^bytes=(.{1,512})$/i.exec(header.trim());
  if (!set) return 'whole';
  const ranges: ByteRange[] = [];
  const wanted = set[1]!.split(',').map((one) => one.trim());
  if (wanted.length > MOST) return 'whole';
  for (const one of wanted) {
    if (one === '') continue; // lists may have empty elements (section 5.6.1)
    const range = byteRange(one, size);
    if (range === 'malformed') return 'whole';
    if (range) ranges.push(range);
  }
  if (ranges.length === 0) return wanted.some((one) => one !== '') ? 'none' : 'whole';
  return joined(ranges);
}

/** Undefined: it cannot be satisfied. */
function byteRange(text: string, size: number): ByteRange | 'malformed' | undefined {
  const match = /^(\d{0,15})-(\d{0,15})$/.exec(text);
  if (!match || (match[1] === '' && match[2] === '')) return 'malformed';
  if (match[1] === '') {
    const last = Number(match[2]);
    return last === 0 || size === 0 ? undefined : { start: Math.max(0, size - last), end: size };
  }
  const start = Number(match[1]);
  const last = match[2] === '' ? Number.POSITIVE_INFINITY : Number(match[2]);
  if (last < start) return 'malformed';
  return start >= size ? undefined : { start, end: Math.min(last + 1, size) };
}

function joined(ranges: ByteRange[]): ByteRange[] {
  const sorted = [...ranges].sort((a, b) => a.start - b.start);
  if (sorted.every(({ start }, i) => i === 0 || start >= sorted[i - 1]!.end)) return ranges;
  const result: ByteRange[] = [];
  for (const range of sorted) {
    const before = result.at(-1);
    if (before && range.start <= before.end) before.end = Math.max(before.end, range.end);
    else result.push({ ...range });
  }
  return result;
}
