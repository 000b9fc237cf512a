import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncDirectory } from '../shared/atomic.ts';
import { errno, RackhandError } from '../shared/errors.ts';
import type { Sink } from './export.ts';

/**
 * Lets `write` fill a file, which has its name only when it is whole; "-" is standard output.
 * @throws RackhandError target-unwritable
 */
export async function fillTarget(target: string, write: (sink: Sink) => Promise<void>): Promise<void> {
  if (target === '-') return write(toStandardOutput);
  const special = await stat(target).then(
    (found) => !found.isFile(),
    () => false,
  );
  try {
    // A device or a pipe is written to, and never replaced by a file.
    if (special) await fill(await open(target, 'w'), write);
    else await fillFile(target, write);
  } catch (cause) {
    if (errno(cause) === undefined || cause instanceof RackhandError) throw cause;
    const mend =
      'name a file in a folder that can be written, with room for the image; or - for standard output';
    throw new RackhandError('target-unwritable', `${target} cannot be written (${errno(cause)})`, mend, {
      cause,
    });
  }
}

async function fillFile(target: string, write: (sink: Sink) => Promise<void>): Promise<void> {
  const folder = dirname(target);
  const half = join(folder, `.${basename(target)}.${randomBytes(4).toString('hex')}.tmp`);
  try {
    await fill(await open(half, 'wx'), write);
    await rename(half, target);
    await syncDirectory(folder);
  } catch (error) {
    await rm(half, { force: true });
    throw error;
  }
}

async function fill(file: FileHandle, write: (sink: Sink) => Promise<void>): Promise<void> {
  try {
    await write(async (bytes) => {
      for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
    });
    // Pipes and terminals have nothing to make durable.
    await file.sync().catch((error) => {
      if (errno(error) !== 'EINVAL' && errno(error) !== 'EROFS') throw error;
    });
  } finally {
    await file.close();
  }
}

async function toStandardOutput(bytes: Uint8Array): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
