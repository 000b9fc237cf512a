import { globToRegExp } from '../../../builder/strip/rules.ts';
import type { KernelSplit } from './tables.ts';

export type ModuleClass = 'core' | 'rest' | 'extra';

/** Lines of modules.dep: "a.ko: b.ko c.ko". */
export function parseModulesDep(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [module, needs] = line.split(':');
    if (module && needs !== undefined)
      found.set(
        module,
        needs.split(' ').filter((need) => need !== ''),
      );
  }
  return found;
}

/** Which package holds a module; nothing depends on a module of a package further out. Pure. */
export function splitModules(
  depends: ReadonlyMap<string, readonly string[]>,
  split: KernelSplit,
): Map<string, ModuleClass> {
  const matches = (patterns: readonly string[]) => {
    const tests = patterns.map(globToRegExp);
    return (path: string) => tests.some((test) => test.test(path));
  };
  const isExtra = matches(split.extra);
  const isCore = matches(split.core);
  const modules = [...depends.keys()];
  const core = closure(modules.filter((path) => isCore(path) && !isExtra(path)));
  const rest = closure(modules.filter((path) => !core.has(path) && !isExtra(path)));
  return new Map(modules.map((path) => [path, core.has(path) ? 'core' : rest.has(path) ? 'rest' : 'extra']));

  function closure(start: readonly string[]): Set<string> {
    const all = new Set(start);
    for (const path of all) for (const need of depends.get(path) ?? []) all.add(need);
    return all;
  }
}
