import type { ModuleRule } from '../recipe/schema.ts';
import { decide, moduleMatchers } from './rules.ts';

/** A kernel module as modinfo tells of it. */
export interface ModuleInfo {
  /** Path from the root of the image. */
  file: string;
  /** With underscores, as the kernel has it. */
  name: string;
  depends: string[];
  /** pre and post soft dependencies. */
  soft: string[];
  firmware: string[];
}

export interface ModulePlan {
  kept: ModuleInfo[];
  removed: ModuleInfo[];
  /** Name of a kept module → why: a rule's reason, or the module that needs it. */
  why: Map<string, string>;
  /** Names that kept modules need and that exist neither as file nor built in. */
  absent: string[];
}

const canonical = (name: string) => name.trim().replaceAll('-', '_');

/** Blocks of `modinfo FILE…`: each starts with its filename line. */
export function parseModinfo(output: string, root: string): ModuleInfo[] {
  const modules: ModuleInfo[] = [];
  for (const line of output.split('\n')) {
    const [, field, value] = /^([a-z]+):\s*(.*)$/.exec(line) ?? [];
    if (field === undefined || value === undefined) continue;
    if (field === 'filename') {
      const file = value.startsWith(`${root}/`) ? value.slice(root.length + 1) : value.replace(/^\//, '');
      modules.push({ file, name: moduleName(file), depends: [], soft: [], firmware: [] });
      continue;
    }
    const module = modules.at(-1);
    if (!module) continue;
    if (field === 'depends') module.depends.push(...names(value, ','));
    else if (field === 'softdep') module.soft.push(...names(value.replace(/\b(pre|post):/g, ' '), ' '));
    else if (field === 'firmware') module.firmware.push(value.trim());
  }
  return modules;
}

function names(text: string, separator: string): string[] {
  return text
    .split(separator)
    .map(canonical)
    .filter((name) => name !== '');
}

/** kernel/drivers/net/e1000e/e1000e.ko.xz → e1000e */
export function moduleName(file: string): string {
  const base = file.slice(file.lastIndexOf('/') + 1);
  return canonical(base.replace(/\.ko(\.(xz|zst|gz))?$/, ''));
}

/** usr/lib/modules/VERSION/kernel/net/tun.ko.xz → kernel/net/tun: what module rules match. */
export function modulePath(file: string): string {
  return file.replace(/^(usr\/)?lib\/modules\/[^/]+\//, '').replace(/\.ko(\.(xz|zst|gz))?$/, '');
}

/** Names of modules.builtin, whose lines are paths. */
export function parseBuiltin(text: string): Set<string> {
  return new Set(
    text
      .split('\n')
      .filter((line) => line !== '')
      .map(moduleName),
  );
}

/** Modules that the rules keep, and everything these need: hard and soft dependencies, transitively. */
export function planModules(
  modules: readonly ModuleInfo[],
  builtin: ReadonlySet<string>,
  rules: readonly ModuleRule[],
): ModulePlan {
  const matchers = moduleMatchers(rules);
  const byName = new Map(modules.map((module) => [module.name, module]));
  const why = new Map<string, string>();
  const absent = new Set<string>();
  const queue: ModuleInfo[] = [];
  for (const module of modules) {
    const matcher = decide(matchers, modulePath(module.file));
    if (matcher?.verdict === 'keep') keep(module, matcher.rule.reason);
  }
  for (let module = queue.pop(); module; module = queue.pop()) {
    for (const name of module.depends) need(name, module.name, true);
    for (const name of module.soft) need(name, module.name, false);
  }
  return {
    kept: modules.filter((module) => why.has(module.name)),
    removed: modules.filter((module) => !why.has(module.name)),
    why,
    absent: [...absent].sort(),
  };

  function keep(module: ModuleInfo, reason: string): void {
    if (why.has(module.name)) return;
    why.set(module.name, reason);
    queue.push(module);
  }
  function need(name: string, by: string, hard: boolean): void {
    const module = byName.get(name);
    if (module) keep(module, `needed by ${by}`);
    else if (hard && !builtin.has(name)) absent.add(name);
  }
}

export interface FirmwarePlan {
  /** Paths below the firmware folder that stay. */
  kept: Set<string>;
  /** What kept modules ask for and no package gave. */
  absent: string[];
}

/**
 * Firmware files that kept modules name; `files` are paths below /usr/lib/firmware, maybe compressed.
 * A name may end in a pattern (brcmfmac*-pcie.bin style): modinfo gives those literally.
 */
export function planFirmware(
  files: readonly string[],
  modules: readonly ModuleInfo[],
  keep: readonly RegExp[],
): FirmwarePlan {
  const byPlain = new Map(files.map((file) => [file.replace(/\.(xz|zst)$/, ''), file]));
  const kept = new Set(files.filter((file) => keep.some((pattern) => pattern.test(file))));
  const absent = new Set<string>();
  for (const wanted of new Set(modules.flatMap((module) => module.firmware))) {
    const hits = wanted.includes('*')
      ? [...byPlain.keys()].filter((file) => globLike(wanted).test(file))
      : byPlain.has(wanted)
        ? [wanted]
        : [];
    for (const hit of hits) kept.add(byPlain.get(hit)!);
    if (hits.length === 0) absent.add(wanted);
  }
  return { kept, absent: [...absent].sort() };
}

function globLike(pattern: string): RegExp {
  return new RegExp(`^${pattern.replace(/[.+^$()|[\]\\{}]/g, '\\$&').replaceAll('*', '.*')}$`);
}
