import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Recipe } from '../recipe/schema.ts';
import { type RunOptions, run } from '../shared/process/run.ts';
import { type Attributes, archiveOf } from './archive.ts';
import { archiveArguments, rootFolderArguments, squashfsArguments } from './arguments.ts';
import { withRootFolder } from './root-folder.ts';

export interface ImageOptions {
  root: string;
  recipe: Recipe;
  output: string;
  /** Seconds; the time of everything in the image. */
  epoch: number;
  /** Extended attributes of the image's files, whatever those of the root have; as the root's when absent. */
  given?: GivenAttributes | undefined;
  signal?: AbortSignal | undefined;
  onLine?: (line: string) => void;
}

export interface GivenAttributes {
  attributes: Attributes;
  /** Folder that is the process's own. */
  scratch: string;
}

const NEED = 'mksquashfs (package squashfs-tools) packs the root';

/** What is mounted over at boot is empty in the image, and there. */
export async function emptyMountPoints(root: string): Promise<void> {
  for (const folder of ['proc', 'sys', 'dev', 'run', 'tmp', 'boot']) {
    await rm(join(root, folder), { recursive: true, force: true });
    await mkdir(join(root, folder), { mode: folder === 'tmp' ? 0o1777 : 0o755 });
  }
  await run(['chmod', '1777', join(root, 'tmp')]);
}

/** Packs the root itself: a flat squashfs, whose /proc and /usr tell dracut what it is. */
export async function makeSquashfs(options: ImageOptions): Promise<void> {
  const { root, epoch, given, signal, onLine } = options;
  const output = join(options.output, 'rootfs.squashfs');
  const { arch, compression } = options.recipe;
  const how: RunOptions = {
    need: NEED,
    env: { SOURCE_DATE_EPOCH: String(epoch) },
    ...(signal ? { signal } : {}),
    ...(onLine ? { onLine } : {}),
  };
  if (!given) {
    await run(squashfsArguments(root, output, compression.squashfs, arch), how);
    return;
  }
  const { attributes, scratch } = given;
  const input = archiveOf(root, { epoch, attributes });
  await run(archiveArguments(output, compression.squashfs, arch), { ...how, input });
  await withRootFolder(root, attributes.get('') ?? new Map(), scratch, (folder) =>
    run(rootFolderArguments(folder, output), how),
  );
}
