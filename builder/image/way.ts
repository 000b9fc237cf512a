import { readFile, rm } from 'node:fs/promises';
import { RackhandError } from '../shared/errors.ts';
import { run } from '../shared/process/run.ts';
import type { Attributes } from './archive.ts';
import { archiveArguments, rootFolderArguments } from './arguments.ts';
import { LABEL, readAttributes, writeLabels } from './labels.ts';
import { END } from './member.ts';
import { withRootFolder } from './root-folder.ts';

/**
 * How labels come into an image. "packed": they are told to who packs it, which needs no privilege, so that everybody's
 * image is the same. "written": on the files of the root, by the first user namespace's root alone, where mksquashfs takes no
 * archive (before 4.5, as on EL9).
 */
export type LabelWay = 'packed' | 'written';

/** @param scratch folder that is the process's own; undefined where this build cannot label */
export async function labelWay(scratch: string): Promise<LabelWay | undefined> {
  if (await canPack(scratch)) return 'packed';
  return isFirstUserNamespace(await readFile('/proc/self/uid_map', 'utf8')) ? 'written' : undefined;
}

/** @returns what the files of the image have, where it is not what those of the root have */
export async function labelRoot(
  root: string,
  policyType: string,
  way: LabelWay | undefined,
  say: (message: string) => void,
  signal?: AbortSignal,
): Promise<Attributes | undefined> {
  if (way === 'packed') return readAttributes(root, policyType, signal);
  if (way === 'written') await writeLabels(root, policyType, signal);
  else say('not root, and a mksquashfs before 4.5: without labels the image is permissive');
  return undefined;
}

/** /proc/self/uid_map of the first user namespace maps every id to itself. */
export function isFirstUserNamespace(uidMap: string): boolean {
  return /^\s*0\s+0\s+4294967295\s*$/.test(uidMap);
}

/** Tried: a host's own policy may refuse a label that it does not know. */
async function canPack(scratch: string): Promise<boolean> {
  const attributes = new Map([[LABEL, Buffer.from('system_u:object_r:root_t:s0\0')]]);
  const output = `${scratch}.squashfs`;
  try {
    await run(archiveArguments(output, 'zstd-1'), { input: END });
    await withRootFolder('/', attributes, scratch, (folder) => run(rootFolderArguments(folder, output)));
    return true;
  } catch (error) {
    if (error instanceof RackhandError && error.code === 'command-failed') return false;
    throw error;
  } finally {
    await rm(output, { force: true });
  }
}
