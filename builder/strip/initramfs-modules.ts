import type { PlacedRule } from '../recipe/strip-rules.ts';
import type { ModuleInfo } from './modules.ts';
import { compileRules, decide } from './rules.ts';

/**
 * Of the modules that the image keeps, those that the initramfs takes: what the rules keep, and what that depends
 * on, softly too. A driver that is not in it loads a moment later, when the image runs.
 * @returns paths, in the order given
 */
export function initramfsModules(kept: readonly ModuleInfo[], rules: readonly PlacedRule[]): string[] {
  const matchers = compileRules(rules);
  const byName = new Map(kept.map((module) => [module.name, module]));
  const taken = new Set<ModuleInfo>();
  const take = (module: ModuleInfo | undefined) => {
    if (!module || taken.has(module)) return;
    taken.add(module);
    for (const name of [...module.depends, ...module.soft]) take(byName.get(name));
  };
  for (const module of kept) {
    const rule = decide(matchers, { path: module.file, owners: [], isModule: true });
    if (!rule?.drops) take(module);
  }
  return kept.filter((module) => taken.has(module)).map(({ file }) => file);
}
