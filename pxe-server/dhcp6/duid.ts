import { randomBytes } from 'node:crypto';

/** DHCP unique identifiers (RFC 8415 section 11). Pure, but for the making of a new one. */
export type Duid =
  | { kind: 'llt'; hardware: number; time: number; address: Buffer }
  | { kind: 'en'; enterprise: number; identifier: Buffer }
  | { kind: 'll'; hardware: number; address: Buffer }
  /** 16 bytes (RFC 6355). */
  | { kind: 'uuid'; uuid: Buffer }
  | { kind: 'unknown'; type: number };

/** Bytes, with the two of the type (RFC 8415 11.1). */
const SHORTEST = 3;
const LONGEST = 130;

/** @returns undefined when it is too short for its type, or too long */
export function readDuid(bytes: Buffer): Duid | undefined {
  if (bytes.length < SHORTEST || bytes.length > LONGEST) return undefined;
  const type = bytes.readUInt16BE(0);
  switch (type) {
    case 1:
      if (bytes.length < 9) return undefined;
      return {
        ...{ kind: 'llt', hardware: bytes.readUInt16BE(2), time: bytes.readUInt32BE(4) },
        address: bytes.subarray(8),
      };
    case 2:
      if (bytes.length < 7) return undefined;
      return { kind: 'en', enterprise: bytes.readUInt32BE(2), identifier: bytes.subarray(6) };
    case 3:
      if (bytes.length < 5) return undefined;
      return { kind: 'll', hardware: bytes.readUInt16BE(2), address: bytes.subarray(4) };
    case 4:
      return bytes.length === 18 ? { kind: 'uuid', uuid: bytes.subarray(2) } : undefined;
    default:
      return { kind: 'unknown', type };
  }
}

export function writeDuid(duid: Exclude<Duid, { kind: 'unknown' }>): Buffer {
  const head = (...fields: [bytes: 2 | 4, value: number][]) =>
    Buffer.concat(
      fields.map(([bytes, value]) => {
        const field = Buffer.alloc(bytes);
        field.writeUIntBE(value, 0, bytes);
        return field;
      }),
    );
  switch (duid.kind) {
    case 'llt':
      return Buffer.concat([head([2, 1], [2, duid.hardware], [4, duid.time]), duid.address]);
    case 'en':
      return Buffer.concat([head([2, 2], [4, duid.enterprise]), duid.identifier]);
    case 'll':
      return Buffer.concat([head([2, 3], [2, duid.hardware]), duid.address]);
    case 'uuid':
      return Buffer.concat([head([2, 4]), duid.uuid]);
  }
}

/** For a server, which has to keep it (RFC 8415 section 11: it should not change). */
export function newDuid(): Buffer {
  return writeDuid({ kind: 'uuid', uuid: randomBytes(16) });
}

/** The Ethernet address in it. */
export function duidMac(duid: Duid): string | undefined {
  if (duid.kind !== 'llt' && duid.kind !== 'll') return undefined;
  return duid.hardware === 1 ? macText(duid.address) : undefined;
}

/** "52:54:00:…", or undefined for what is no address of one machine. */
export function macText(bytes: Buffer): string | undefined {
  if (bytes.length !== 6 || bytes[0]! & 1 || bytes.every((byte) => byte === 0)) return undefined;
  return bytes.toString('hex').match(/../g)!.join(':');
}
