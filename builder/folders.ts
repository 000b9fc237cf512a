import { mkdir, mkdtemp, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errno, RackhandError } from './shared/errors.ts';

/** dnf.conf(5) separates folders by blanks and commas, overlayfs's options (mount(8)) by commas and colons. */
const NO_CACHE = /[\s,:]/;

/** Options whose folder a command writes to. */
export type FolderOption = '--cache' | '--catalog' | '--work';

/**
 * Makes a folder that a person named, with what is above it, and proves that it can be written.
 * @throws RackhandError folder-unusable
 */
export async function openFolder(path: string, option: FolderOption): Promise<void> {
  const fault = (what: string, cause?: unknown) =>
    new RackhandError('folder-unusable', what, `name a folder that can be written: ${option} FOLDER`, {
      cause,
    });
  if (option === '--cache' && NO_CACHE.test(path))
    throw fault(
      `${path} has a blank, comma or colon in its path, which dnf and overlayfs take for the end of one`,
    );
  await make(path);
  // The mode does not tell: a file system may be read-only, or none for files.
  await mkdtemp(join(path, '.writable-')).then(rmdir, (cause) => {
    if (errno(cause) === 'ENOSPC') throw cause;
    throw fault(`${path} cannot be written (${errno(cause)})`, cause);
  });

  /** Not mkdir's own way of making parents: in /proc it never ends. */
  async function make(folder: string): Promise<void> {
    const cause = await attempt(folder);
    if (cause === undefined) return;
    const code = errno(cause);
    if (code === 'EEXIST') {
      if (!(await isFolder(folder))) throw fault(`${folder} is not a folder`, cause);
    } else if (code === 'ENOENT' || code === 'ENOTDIR') {
      await make(dirname(folder));
      const again = await attempt(folder);
      // Another build may have been quicker.
      if (again !== undefined && errno(again) !== 'EEXIST')
        throw fault(`${folder} cannot be made (${errno(again)})`, again);
    } else if (code === 'ENOSPC') throw cause;
    else throw fault(`${folder} cannot be made (${code})`, cause);
  }
}

async function attempt(folder: string): Promise<unknown> {
  return mkdir(folder).then(
    () => undefined,
    (cause: unknown) => cause,
  );
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
