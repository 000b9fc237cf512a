import { constants, copyFile, open } from 'node:fs/promises';
import { RackhandError } from '../shared/errors.ts';

/** Copies with one byte changed, which a machine has to refuse. */

const SECTOR = 2048;
/** Bytes by which the kernel is found on the medium, and how much is read at once. */
const [MARK, PIECE] = [4096, 4 << 20];

/** @returns where the byte is */
export async function changeByte(file: string, at: number): Promise<number> {
  const handle = await open(file, 'r+');
  try {
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, at);
    byte[0]! ^= 0xff;
    await handle.write(byte, 0, 1, at);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return at;
}

/** A copy of a file with a byte in its middle changed. */
export async function tamperedCopy(file: string, size: number, output: string): Promise<void> {
  await copyFile(file, output, constants.COPYFILE_FICLONE);
  await changeByte(output, Math.floor(size / 2));
}

/**
 * A copy of an ISO with one byte of its kernel changed.
 * @throws RackhandError medium-strange where the kernel is not on it
 */
export async function tamperedIso(iso: string, kernel: string, output: string): Promise<void> {
  const mark = await beginning(kernel);
  const at = await find(iso, mark);
  if (at === undefined)
    throw new RackhandError('medium-strange', `${iso} does not hold ${kernel}`, 'build the image again');
  await copyFile(iso, output, constants.COPYFILE_FICLONE);
  // Behind the headers, whose change firmware might meet before it looks at the signature.
  await changeByte(output, at + (1 << 20));
}

async function beginning(file: string): Promise<Buffer> {
  const handle = await open(file);
  try {
    const mark = Buffer.alloc(MARK);
    await handle.read(mark, 0, MARK, 0);
    return mark;
  } finally {
    await handle.close();
  }
}

/** Files begin at sectors. */
async function find(file: string, mark: Buffer): Promise<number | undefined> {
  const handle = await open(file);
  try {
    const piece = Buffer.alloc(PIECE + MARK);
    for (let start = 0; ; start += PIECE) {
      const { bytesRead } = await handle.read(piece, 0, piece.length, start);
      if (bytesRead < MARK) return undefined;
      for (let at = 0; at < PIECE && at + MARK <= bytesRead; at += SECTOR)
        if (piece.compare(mark, 0, MARK, at, at + MARK) === 0) return start + at;
    }
  } finally {
    await handle.close();
  }
}
