/** One-time and session tokens: 32 hex digits and no more (image ids have 16, digests 64). */
const TOKEN = /(?<![0-9a-fA-F])[0-9a-fA-F]{32}(?![0-9a-fA-F])/g;

/** Bytes with every token in them crossed out; lengths stay, so that a packet stays one. */
export function maskTokens(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1');
  const masked = text.replace(TOKEN, 'x'.repeat(32));
  return masked === text ? bytes : Buffer.from(masked, 'latin1');
}
