import { type FileHandle, open } from 'node:fs/promises';
import type { NamedFile } from '../boot/files.ts';

/** A file in the size that it is known in. */
export interface OpenFile {
  handle: FileHandle;
  size: number;
  /** When it was written last, as it was opened. */
  mtimeNs: bigint;
}

/** @throws RackhandError image-damaged | installer-damaged when the file is not there in the size that it had */
export async function openWhole({ path, size, damaged }: NamedFile): Promise<OpenFile> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (cause) {
    throw damaged(cause);
  }
  const now = await handle.stat({ bigint: true });
  if (now.size === BigInt(size)) return { handle, size, mtimeNs: now.mtimeNs };
  await handle.close();
  throw damaged();
}

/** What of a file was sent is not of what its head told. */
export class FileChangedError extends Error {
  constructor() {
    super('the file has changed while it was sent');
  }
}

/** Nobody has written to it since it was opened. */
export async function isUnchanged({ handle, size, mtimeNs }: OpenFile): Promise<boolean> {
  const now = await handle.stat({ bigint: true });
  return now.size === BigInt(size) && now.mtimeNs === mtimeNs;
}
