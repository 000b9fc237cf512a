import type { StripRules } from '../recipe/schema.ts';
import { applyRemovals, renewModuleIndexes } from './apply.ts';
import { kernelVersion, readModules, readNeeds, readOwners } from './facts.ts';
import { listRoot } from './listing.ts';
import { planStrip, type StripPlan } from './plan.ts';
import { assertWhole, findBroken } from './proofs.ts';

export interface StripOptions {
  root: string;
  rules: StripRules;
  /** File with package|path lines, from the root stage. */
  owners: string;
  signal?: AbortSignal | undefined;
}

/** Plans, proves that what stays is whole, then removes. Later phases are applied by finishStrip. */
export async function stripRoot(options: StripOptions): Promise<{ plan: StripPlan; kernel: string }> {
  const { root, rules, signal } = options;
  const entries = listRoot(root);
  const kernel = kernelVersion(entries);
  const { modules, builtin } = await readModules(root, entries, signal);
  const plan = planStrip({ entries, owners: readOwners(options.owners), modules, builtin, rules });
  assertWhole(findBroken(entries, plan.removals, readNeeds(root, entries)));
  applyRemovals(root, plan.removals, 'strip');
  await renewModuleIndexes(root, kernel, signal);
  return { plan, kernel };
}

/** Removes what only the initramfs stage needed. */
export function finishStrip(root: string, plan: StripPlan): void {
  applyRemovals(root, plan.removals, 'initramfs');
}
