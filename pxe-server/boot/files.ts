import { join } from 'node:path';
import type { Artifact } from '../../builder/contract/manifest.ts';
import { RackhandError } from '../../builder/shared/errors.ts';
import type { Replica, ServedFile } from '../roles/messages.ts';

/** A file that machines ask for by name: a look-up, never a path of theirs. */
export interface NamedFile extends ServedFile {
  role: Artifact['role'] | 'paper';
  /** "rootfs of image 0123456789abcdef" */
  what: string;
  /** When it is not as it was when its size and digest were taken. */
  damaged: (cause?: unknown) => RackhandError;
}

/** File of an image by the name that its manifest gives it, or one that the image is verified by. */
export function imageFile(replica: Replica | undefined, id: string, file: string): NamedFile | undefined {
  const image = replica?.images.find((i) => i.id === id);
  const artifact = image?.artifacts.find((a) => a.file === file);
  const named = artifact ?? image?.papers.find((paper) => paper.file === file);
  if (!image || !named) return undefined;
  const { size, sha256 } = named;
  const role = artifact?.role ?? 'paper';
  const what = `${artifact?.role ?? file} of image ${id}`;
  const damaged = (cause?: unknown) =>
    new RackhandError(
      'image-damaged',
      `${what} is not there as it was built`,
      `rackhand images verify ${id}`,
      { cause },
    );
  return { path: join(image.folder, file), size, sha256, role, what, damaged };
}

/** The root of an image by its digest: what a medium knows that was made with the image. */
export function rootfsFile(replica: Replica | undefined, sha256: string): NamedFile | undefined {
  for (const { id, artifacts } of replica?.images ?? []) {
    const root = artifacts.find((a) => a.role === 'rootfs' && a.sha256 === sha256);
    if (root) return imageFile(replica, id, root.file);
  }
  return undefined;
}

/** Kernel or initramfs of an installer of the configuration. */
export function installerFile(
  replica: Replica | undefined,
  name: string,
  part: string,
): NamedFile | undefined {
  const installer = replica?.installers.find((i) => i.name === name);
  if (!installer || (part !== 'kernel' && part !== 'initramfs')) return undefined;
  const what = `${part} of installer ${name}`;
  const damaged = (cause?: unknown) =>
    new RackhandError(
      'installer-damaged',
      `${what} is not there as it was at the start`,
      'put it back, or restart the service to take it as it is now',
      { cause },
    );
  return { ...installer[part], role: part, what, damaged };
}
