const LF = 0x0a;
const CR = 0x0d;

/** Text as it travels in mode netascii (RFC 764, RFC 1350): lines end with CR LF, and a CR alone is CR NUL. Pure. */
export function netascii(bytes: Uint8Array): Buffer {
  let more = 0;
  for (const byte of bytes) if (byte === LF || byte === CR) more += 1;
  const text = Buffer.alloc(bytes.length + more);
  let at = 0;
  for (const byte of bytes) {
    if (byte === LF) text[at++] = CR;
    text[at++] = byte;
    if (byte === CR) text[at++] = 0;
  }
  return text;
}
