import { stat } from 'node:fs/promises';
import { errno, RackhandError } from '../../builder/shared/errors.ts';
import { sha256File } from '../../builder/shared/ids.ts';
import type { ReplicaInstaller, ServedFile } from '../roles/messages.ts';
import type { Configuration } from './schema.ts';

/** The installers of the configuration, with what their files are now. @throws RackhandError installer-absent */
export async function checkInstallers(configured: Configuration['installers']): Promise<ReplicaInstaller[]> {
  const installers: ReplicaInstaller[] = [];
  for (const [name, { kernel, initramfs, kernelArguments, release }] of Object.entries(configured)) {
    installers.push({
      name,
      kernel: await servedFile(kernel, `installers.${name}.kernel`),
      initramfs: await servedFile(initramfs, `installers.${name}.initramfs`),
      kernelArguments,
      ...(release ? { release } : {}),
    });
  }
  return installers;
}

async function servedFile(path: string, key: string): Promise<ServedFile> {
  const absent = (why: string, cause?: unknown) =>
    new RackhandError(
      'installer-absent',
      `${key}: ${path} ${why}`,
      "copy the installation medium's images/pxeboot/vmlinuz and initrd.img there, or correct the path",
      { cause },
    );
  try {
    const found = await stat(path);
    if (!found.isFile()) throw absent('is no file');
    if (found.size === 0) throw absent('is empty');
    return { path, size: found.size, sha256: await sha256File(path) };
  } catch (cause) {
    if (cause instanceof RackhandError) throw cause;
    throw errno(cause) === 'ENOENT'
      ? absent('is not there', cause)
      : absent(`cannot be read: ${(cause as Error).message}`, cause);
  }
}
