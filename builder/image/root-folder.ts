import { chmod, chown, mkdir, stat, utimes } from 'node:fs/promises';
import { run } from '../shared/process/run.ts';

/**
 * Shows an empty folder with mode, owner and time of a root and with these attributes, on a file system in memory. That
 * belongs to this process's user namespace: who is root there may write security attributes on it, and on nothing else
 * (security/commoncap.c of the kernel, cap_inode_setxattr: the namespace that mounted it is asked).
 * @param scratch folder that is the process's own; mounted over for the while
 * @throws RackhandError command-failed
 */
export async function withRootFolder<T>(
  root: string,
  attributes: ReadonlyMap<string, Buffer>,
  scratch: string,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const facts = await stat(root);
  await mkdir(scratch, { recursive: true });
  await run(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'rackhand-root', scratch]);
  try {
    for (const [name, value] of attributes)
      await run(['setfattr', '-n', name, '-v', `0x${value.toString('hex')}`, scratch], {
        need: 'package attr',
      });
    await chown(scratch, facts.uid, facts.gid);
    await chmod(scratch, facts.mode & 0o7777);
    await utimes(scratch, facts.mtime, facts.mtime);
    return await work(scratch);
  } finally {
    await run(['umount', '--lazy', scratch]);
  }
}
