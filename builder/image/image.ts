import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Recipe } from '../recipe/schema.ts';
import { run } from '../shared/process/run.ts';
import { squashfsArguments } from './arguments.ts';

export interface ImageOptions {
  root: string;
  recipe: Recipe;
  output: string;
  /** Seconds; the time of everything in the image. */
  epoch: number;
  signal?: AbortSignal | undefined;
  onLine?: (line: string) => void;
}

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
  const { root, output, epoch, signal, onLine } = options;
  await run(squashfsArguments(root, join(output, 'rootfs.squashfs'), options.recipe.compression.squashfs), {
    need: 'mksquashfs (package squashfs-tools) packs the root',
    env: { SOURCE_DATE_EPOCH: String(epoch) },
    ...(signal ? { signal } : {}),
    ...(onLine ? { onLine } : {}),
  });
}
