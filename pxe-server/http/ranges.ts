/**
 * One byte range of a file (RFC 9110 section 14): the whole when there is no usable Range header, undefined
 * when it cannot be satisfied. Several ranges in one request may be answered with the whole; they are.
 */
export function byteRange(
  header: string | undefined,
  size: number,
): { start: number; end: number; partial: boolean } | undefined {
  const whole = { start: 0, end: size - 1, partial: false };
  const match = header === undefined ? null : /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header.trim());
  if (!match || (match[1] === '' && match[2] === '')) return whole;
  if (match[1] === '') {
    const last = Number(match[2]);
    if (last === 0 || size === 0) return undefined;
    return { start: Math.max(0, size - last), end: size - 1, partial: true };
  }
  const start = Number(match[1]);
  const end = match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (start >= size) return undefined;
  return end < start ? whole : { start, end, partial: true };
}
