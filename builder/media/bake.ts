import { constants, copyFile, type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errno, RackhandError } from '../shared/errors.ts';
import { isNoFile } from '../shared/output.ts';
import { AREA, findArea } from './area.ts';

/** Bytes read at once; neighbours overlap by an area. */
const PIECE = 4 << 20;

/**
 * A copy of a medium with the area filled: nothing else changes, so that what is signed on it stays signed. The copy
 * appears whole, readable by its owner only, since it may hold a token.
 * @throws RackhandError media-area | media-output | cancelled
 */
export async function bakeMedium(
  medium: string,
  area: Buffer,
  output: string,
  signal?: AbortSignal,
): Promise<void> {
  if (await isNoFile(output)) {
    const mend = 'name a file, and write that to the stick: dd, or any program that writes images';
    throw new RackhandError('media-output', `${output} is there, and is no file`, mend);
  }
  const at = await areaOf(medium);
  const made = join(dirname(output), `.${basename(output)}.${process.pid}`);
  try {
    await copyFile(medium, made, constants.COPYFILE_FICLONE);
    signal?.throwIfAborted();
    const file = await open(made, 'r+');
    try {
      await file.chmod(0o600);
      await file.write(area, 0, area.length, at);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(made, output);
  } catch (cause) {
    await rm(made, { force: true });
    if (signal?.aborted)
      throw new RackhandError('cancelled', `cancelled: ${output} is as it was`, 'run it again');
    const what = `${output} cannot be written: ${errno(cause) ?? String(cause)}`;
    throw new RackhandError('media-output', what, 'name a file in a folder with room for the medium', {
      cause,
    });
  }
}

/** @throws RackhandError media-area */
async function areaOf(medium: string): Promise<number> {
  const file = await open(medium);
  try {
    return await search(file, medium);
  } finally {
    await file.close();
  }
}

async function search(file: FileHandle, medium: string): Promise<number> {
  const piece = Buffer.alloc(PIECE);
  for (let start = 0; ; start += PIECE - AREA.size) {
    const { bytesRead } = await file.read(piece, 0, PIECE, start);
    const found = findArea(piece.subarray(0, bytesRead));
    if (found !== undefined) return start + found;
    if (bytesRead < PIECE) break;
  }
  const what = `${basename(medium)} has no place for what is to be told to its machine`;
  throw new RackhandError('media-area', what, 'build the image again');
}
