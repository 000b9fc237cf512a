import type { PlacedRule } from '../recipe/strip-rules.ts';
import { applyRemovals, renewModuleIndexes } from './apply.ts';
import type { Entry } from './entry.ts';
import { enabledUnits, kernelVersion, readBuiltinDrivers, readFacts, readOwners } from './facts.ts';
import { listRoot } from './listing.ts';
import { type ModuleRecords, makeModuleRecords } from './module-record.ts';
import type { ModuleInfo } from './modules.ts';
import { buildNeeds, HYPERVISOR } from './needs.ts';
import { planStrip, type StripInput, type StripPlan } from './plan.ts';
import { prove, type Verdict } from './proofs.ts';

export interface StripOptions {
  root: string;
  rules: readonly PlacedRule[];
  /** File with package|path lines, from the root stage. */
  owners: string;
  /** Rules that only the root's own modules tell, after the others: the fleet's. */
  more?: ((modules: readonly ModuleInfo[]) => readonly PlacedRule[]) | undefined;
  /** What readModules tells of the root, which may have been asked before. */
  modules: readonly ModuleInfo[];
}

export interface PlannedStrip {
  input: StripInput;
  plan: StripPlan;
  verdict: Verdict;
  kernel: string;
  loadable: readonly ModuleInfo[];
  modules: ModuleRecords;
}

/** What would be removed, why, and whether the rest is whole. Changes nothing. */
export function planRoot({ root, rules, owners, more, modules: known }: StripOptions): PlannedStrip {
  const entries = [...listRoot(root), PURPOSE];
  const facts = readFacts(root, entries, known);
  const all = [...rules, ...(more?.(facts.modules) ?? [])];
  const input = { entries, owners: readOwners(owners), needs: buildNeeds(facts), rules: all };
  const plan = planStrip(input);
  const kernel = kernelVersion(entries);
  const modules = makeModuleRecords(kernel, facts.modules, readBuiltinDrivers(root, kernel), input, plan);
  const verdict = prove(plan, enabledUnits(entries));
  return { input, plan, verdict, kernel, loadable: facts.modules, modules };
}

/** Removes what a proved plan says. */
export async function stripRoot(root: string, planned: PlannedStrip, signal?: AbortSignal): Promise<void> {
  applyRemovals(root, planned.plan.removals);
  await renewModuleIndexes(root, planned.kernel, signal);
}

/** Modules of the image: what the initramfs may take from. */
export function keptModules({ loadable, plan }: PlannedStrip): ModuleInfo[] {
  return loadable.filter(({ file }) => plan.decisions.get(file)!.keep);
}

/** The image's purpose stands in the listing like a file that nothing removes: features are its needs. */
const PURPOSE: Entry = { path: HYPERVISOR, kind: 'other', size: 0, mode: 0, inode: 0 };
