import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { run } from '../shared/process/run.ts';
import { type CpioMember, readCpio } from './cpio.ts';
import type { Within } from './difference.ts';

/** An initramfs: archives one after the other, of which the last is packed. */

/** Bytes that one unpacks to at most. */
const UNPACKED = 2 ** 30;

/**
 * The first member that is not the same in both; undefined where all are, or where one cannot be read.
 * @param scratch folder for the while
 */
export async function initramfsDifference(
  before: string,
  after: string,
  scratch: string,
): Promise<Within | undefined> {
  const [a, b] = [await readMembers(before, scratch), await readMembers(after, scratch)];
  if (!a || !b) return undefined;
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const [one, other] = [a[at], b[at]];
    if (!one || !other)
      return { file: (one ?? other)!.path, what: `only in the ${one ? 'first' : 'second'}` };
    if (one.path !== other.path) return { file: one.path, what: `the second has ${other.path} in its place` };
    if (one.header !== other.header) return { file: one.path, what: 'mode, owner, time or size' };
    if (!one.content.equals(other.content)) return { file: one.path, what: 'content' };
  }
  return undefined;
}

async function readMembers(file: string, scratch: string): Promise<CpioMember[] | undefined> {
  const bytes = await readFile(file);
  const early = readCpio(bytes);
  let at = early?.end ?? 0;
  while (bytes[at] === 0) at++;
  const main = await unpacked(bytes.subarray(at), scratch);
  const packed = main && readCpio(main);
  return packed && [...(early?.members ?? []), ...packed.members];
}

async function unpacked(bytes: Buffer, scratch: string): Promise<Buffer | undefined> {
  const magic = bytes.toString('hex', 0, 4);
  if (magic === '28b52ffd') return zstdDecompressSync(bytes, { maxOutputLength: UNPACKED });
  if (magic !== 'fd377a58') return undefined;
  const file = join(scratch, 'initramfs');
  await writeFile(`${file}.xz`, bytes);
  await run(['xz', '--decompress', '--force', `${file}.xz`]);
  return readFile(file);
}
