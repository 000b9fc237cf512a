import type { ByteRange } from './ranges.ts';

/** What a body is made of, in order: bytes, and parts of the file. */
export type Segment = Buffer | ByteRange;

/** Several ranges as one body of type multipart/byteranges (RFC 9110 section 14.6). Pure. */
export function multipart(
  ranges: readonly ByteRange[],
  { size, type, boundary }: { size: number; type: string; boundary: string },
): Segment[] {
  const parts = ranges.flatMap((range): Segment[] => {
    const about = `Content-Type: ${type}\r\nContent-Range: ${contentRange(range, size)}\r\n\r\n`;
    return [Buffer.from(`\r\n--${boundary}\r\n${about}`), range];
  });
  return [...parts, Buffer.from(`\r\n--${boundary}--\r\n`)];
}

/** "bytes 0-9/100" */
export function contentRange({ start, end }: ByteRange, size: number): string {
  return `bytes ${start}-${end - 1}/${size}`;
}

/** Bytes of a body. */
export function lengthOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, one) => sum + ('start' in one ? one.end - one.start : one.length), 0);
}
