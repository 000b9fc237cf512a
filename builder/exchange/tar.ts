import { RackhandError } from '../shared/errors.ts';

/** Members of a tar archive (POSIX ustar, with GNU's binary sizes above 8 GiB): plain files only. Pure. */

export const BLOCK = 512;

export interface Member {
  name: string;
  /** Bytes. */
  size: number;
}

/** Offset and length of fields (POSIX.1-2017, pax, "ustar Interchange Format"). */
const NAME = [0, 100] as const;
const SIZE = [124, 12] as const;
const SUM = [148, 8] as const;
const TYPE = 156;
const MAGIC = [257, 8] as const;
const PREFIX = [345, 155] as const;

/** Largest size of eleven octal digits. */
const OCTAL_LIMIT = 8 ** 11 - 1;

/** The block before a file of this name: owner, mode and time are the same for all. @param name at most 100 bytes */
export function memberHeader({ name, size }: Member): Buffer {
  const block = Buffer.alloc(BLOCK);
  if (Buffer.byteLength(name) > NAME[1]) throw new TypeError(`too long for a member: ${name}`);
  block.write(name, NAME[0]);
  block.write('0000644\0' + '0000000\0' + '0000000\0', 100, 'latin1');
  if (size <= OCTAL_LIMIT) block.write(`${size.toString(8).padStart(11, '0')}\0`, SIZE[0], 'latin1');
  else {
    block.writeBigUInt64BE(BigInt(size), SIZE[0] + 4);
    block[SIZE[0]] = 0x80;
  }
  block.write('00000000000\0', 136, 'latin1');
  block.write('0', TYPE, 'latin1');
  block.write('ustar\x0000', MAGIC[0], 'latin1');
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, SUM[0], 'latin1');
  return block;
}

/** Bytes from the end of a file to the next block. */
export function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

/** What ends an archive. */
export const END = Buffer.alloc(2 * BLOCK);

/** The member that a block tells of; undefined for the block of zeros that ends an archive. @throws archive-invalid */
export function readHeader(block: Buffer): Member | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  if (octal(block, SUM) !== checksum(block)) throw invalid('a block is no header of tar');
  if (text(block, MAGIC).slice(0, 5) !== 'ustar' || text(block, PREFIX) !== '')
    throw invalid('its members are not as this program writes them');
  const name = text(block, NAME);
  const type = String.fromCharCode(block[TYPE]!);
  if (type !== '0' && type !== '\0') throw invalid(`${JSON.stringify(name)} in it is no plain file`);
  const size = block[SIZE[0]]! & 0x80 ? Number(block.readBigUInt64BE(SIZE[0] + 4)) : octal(block, SIZE);
  if (size === undefined || !Number.isSafeInteger(size)) throw invalid(`the size of ${name} is none`);
  return { name, size };
}

/** Of all bytes, with the field itself as blanks. */
function checksum(block: Buffer): number {
  let sum = 0;
  for (const [at, byte] of block.entries()) sum += at >= SUM[0] && at < SUM[0] + SUM[1] ? 0x20 : byte;
  return sum;
}

function text(block: Buffer, [at, length]: readonly [number, number]): string {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.subarray(0, end === -1 ? length : end).toString('utf8');
}

function octal(block: Buffer, field: readonly [number, number]): number | undefined {
  const digits = text(block, field).trim();
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
}

export function invalid(what: string): RackhandError {
  const mend = 'get an archive that rackhand images export made, whole and as it is';
  return new RackhandError('archive-invalid', `this is no image’s archive: ${what}`, mend);
}
