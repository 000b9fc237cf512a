/** The client's side of the wire, written apart from the server's codec so that the two can be held together. */

export type ServerPacket =
  | { kind: 'data'; block: number; payload: Buffer }
  | { kind: 'options'; options: Record<string, string> }
  | { kind: 'error'; code: number; message: string };

const texts = (...parts: string[]) => Buffer.from(parts.map((part) => `${part}\0`).join(''), 'latin1');

export function readRequest(file: string, options: Record<string, string> = {}, mode = 'octet'): Buffer {
  return Buffer.concat([Buffer.of(0, 1), texts(file, mode, ...Object.entries(options).flat())]);
}

export function writeRequest(file: string, mode = 'octet'): Buffer {
  return Buffer.concat([Buffer.of(0, 2), texts(file, mode)]);
}

export function ack(block: number): Buffer {
  return Buffer.of(0, 4, (block >> 8) & 0xff, block & 0xff);
}

export function clientError(code: number, message: string): Buffer {
  return Buffer.concat([Buffer.of(0, 5, 0, code), texts(message)]);
}

/** @throws Error when a server must not send such a packet */
export function parse(bytes: Buffer): ServerPacket {
  switch (bytes.readUInt16BE()) {
    case 3:
      return { kind: 'data', block: bytes.readUInt16BE(2), payload: bytes.subarray(4) };
    case 5: {
      if (bytes.at(-1) !== 0) throw new Error('error without NUL');
      return {
        kind: 'error',
        code: bytes.readUInt16BE(2),
        message: bytes.toString('latin1', 4, bytes.length - 1),
      };
    }
    case 6: {
      if (bytes.at(-1) !== 0) throw new Error('options without NUL');
      const pairs = bytes.toString('latin1', 2, bytes.length - 1).split('\0');
      if (pairs.length % 2 !== 0) throw new Error('an option without its value');
      const options: Record<string, string> = {};
      for (let i = 0; i < pairs.length; i += 2) options[pairs[i]!] = pairs[i + 1]!;
      return { kind: 'options', options };
    }
    default:
      throw new Error(`operation ${bytes.readUInt16BE()}`);
  }
}

/** Bytes that look like packets often enough to get past the first check. */
export function randomPacket(random: () => number): Buffer {
  const length = Math.floor(random() * (random() < 0.1 ? 1500 : 60));
  const bytes = Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
  if (length >= 2 && random() < 0.8) bytes.writeUInt16BE(Math.floor(random() * 8));
  if (length > 2 && random() < 0.5) bytes[length - 1] = 0;
  for (let i = 2; i < length; i++) if (random() < 0.1) bytes[i] = 0;
  return bytes;
}
