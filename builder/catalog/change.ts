import { join } from 'node:path';
import { errno, RackhandError } from '../shared/errors.ts';
import { tryLock, waitForLock } from '../shared/lock.ts';
import { noSpace } from '../shared/space.ts';

const LOCK = '.lock';

/**
 * One change of the catalog at a time: what is looked at to decide (tags, hosts, images) is still so when it is done.
 * Readers need no lock: each change shows by one rename. A catalog that is not there has nothing to lock.
 * @throws RackhandError catalog-unwritable | no-space
 */
export async function changeCatalog<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const lock = await waitForLock(join(folder, LOCK), 'exclusive', { pause: 20 }).catch((cause) => {
    if (errno(cause) === 'ENOENT' || errno(cause) === 'ENOTDIR') return undefined;
    throw unchangeable(folder, cause);
  });
  try {
    return await work();
  } catch (cause) {
    throw unchangeable(folder, cause);
  } finally {
    await lock?.release();
  }
}

/** Removes the lock of a process that was killed. */
export async function sweepLock(folder: string): Promise<void> {
  await (await tryLock(join(folder, LOCK), 'exclusive'))?.release();
}

function unchangeable(folder: string, cause: unknown): unknown {
  const code = errno(cause);
  if (code === 'ENOSPC' || code === 'EDQUOT') return noSpace(folder, 'it is full', cause);
  if (code !== 'EACCES' && code !== 'EROFS' && code !== 'EPERM') return cause;
  const mend = 'run it as who owns the folder (sudo), or name another: --catalog FOLDER';
  const what = `catalog ${folder} cannot be changed (${code})`;
  return new RackhandError('catalog-unwritable', what, mend, { cause });
}
