import { rmdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { errno } from '../shared/errors.ts';
import { run } from '../shared/process/run.ts';
import { rootSandbox } from '../shared/process/sandbox.ts';
import type { Removal } from './plan.ts';

/** Removes what the plan names; a folder only when nothing is left in it. */
export function applyRemovals(root: string, removals: readonly Removal[]): void {
  for (const removal of removals) if (removal.kind !== 'directory') unlinkSync(join(root, removal.path));
  const folders = removals.filter((removal) => removal.kind === 'directory').map((removal) => removal.path);
  for (const path of folders.sort().reverse()) {
    try {
      rmdirSync(join(root, path));
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST'].includes(errno(error) ?? '')) throw error;
    }
  }
}

/** Indexes of what is left: modprobe finds modules by them. */
export async function renewModuleIndexes(root: string, kernel: string, signal?: AbortSignal): Promise<void> {
  await run(rootSandbox(['depmod', '-a', kernel], { root }), { ...(signal ? { signal } : {}) });
}
