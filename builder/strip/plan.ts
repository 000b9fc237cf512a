import type { StripRules } from '../recipe/schema.ts';
import { type ModuleInfo, type ModulePlan, planFirmware, planModules } from './modules.ts';
import { decide, fileMatchers, globToRegExp } from './rules.ts';

/** One entry of the root's file listing. */
export interface Entry {
  /** From the root of the image, without a leading slash. */
  path: string;
  kind: 'file' | 'directory' | 'link' | 'other';
  size: number;
  mode: number;
  /** Files with the same inode share it; 0 when there is one name only. */
  inode: number;
  /** Target of a link as written. */
  target?: string;
}

export interface Removal {
  path: string;
  kind: Entry['kind'];
  /** Bytes freed; 0 while another name of the same inode stays. */
  bytes: number;
  rule: string;
  reason: string;
  after: 'strip' | 'initramfs';
}

export interface StripInput {
  entries: readonly Entry[];
  /** Path → names of the packages that own it. */
  owners: ReadonlyMap<string, readonly string[]>;
  modules: readonly ModuleInfo[];
  builtin: ReadonlySet<string>;
  rules: StripRules;
}

export interface StripPlan {
  removals: Removal[];
  modules: ModulePlan;
  firmwareAbsent: string[];
  /** Rules that matched nothing: mistyped, or the base has changed. */
  idle: string[];
}

const FIRMWARE = 'usr/lib/firmware/';

/** Listing and rules → what is removed, each with its rule and reason. Changes nothing. */
export function planStrip(input: StripInput): StripPlan {
  const modules = planModules(input.modules, input.builtin, input.rules.modules);
  const firmwareFiles = input.entries
    .filter((entry) => entry.kind !== 'directory' && entry.path.startsWith(FIRMWARE))
    .map((entry) => entry.path.slice(FIRMWARE.length));
  const firmware = planFirmware(firmwareFiles, modules.kept, input.rules.firmware.keep.map(globToRegExp));
  const keptFirmware = withTargets(firmware.kept, input.entries);
  const droppedModules = new Set(modules.removed.map((module) => module.file));
  const matchers = fileMatchers(input.rules.files);
  const used = new Set<string>();

  const removals: Removal[] = [];
  for (const entry of input.entries) {
    const removal = removalOf(entry);
    if (removal) removals.push(removal);
  }
  removals.push(...danglingLinks(input.entries, removals));
  countBytes(removals, input.entries);
  const idle = input.rules.files.map((rule) => rule.name).filter((name) => !used.has(name));
  return { removals, modules, firmwareAbsent: firmware.absent, idle };

  function removalOf(entry: Entry): Removal | undefined {
    const { path, kind } = entry;
    const base = { path, kind, bytes: 0 };
    if (droppedModules.has(path)) {
      return {
        ...base,
        rule: 'modules',
        reason: 'no module rule keeps it and no kept module needs it',
        after: 'strip',
      };
    }
    if (kind !== 'directory' && path.startsWith(FIRMWARE) && !keptFirmware.has(path)) {
      return { ...base, rule: 'firmware', reason: 'no kept module asks for it', after: 'strip' };
    }
    const matcher = decide(matchers, path, input.owners.get(path));
    if (!matcher) return undefined;
    used.add(matcher.rule.name);
    if (matcher.verdict === 'keep') return undefined;
    return { ...base, rule: matcher.rule.name, reason: matcher.rule.reason, after: matcher.rule.after };
  }
}

/** A kept firmware file may be a link: what it points to stays with it. */
function withTargets(kept: ReadonlySet<string>, entries: readonly Entry[]): Set<string> {
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  const all = new Set<string>();
  for (const name of kept) {
    let path: string | undefined = FIRMWARE + name;
    while (path !== undefined && !all.has(path)) {
      all.add(path);
      const entry = byPath.get(path);
      path = entry?.target === undefined ? undefined : resolveLink(path, entry.target);
    }
  }
  return all;
}

/** Links that pointed to something and no longer do; removed with the rule that took their target. */
function danglingLinks(entries: readonly Entry[], removals: readonly Removal[]): Removal[] {
  const gone = new Map(removals.map((removal) => [removal.path, removal]));
  const found: Removal[] = [];
  for (let again = true; again; ) {
    again = false;
    for (const entry of entries) {
      if (entry.target === undefined || gone.has(entry.path) || /\.wants\/|\.requires\//.test(entry.path))
        continue;
      const cause = gone.get(resolveLink(entry.path, entry.target));
      if (!cause || cause.kind === 'directory') continue;
      const removal = {
        ...{ path: entry.path, kind: entry.kind, bytes: 0, rule: cause.rule, after: cause.after },
        reason: `points to ${cause.path}: ${cause.reason}`,
      };
      gone.set(entry.path, removal);
      found.push(removal);
      again = true;
    }
  }
  return found;
}

/** Path from the root that a link at `path` means; /lib and its like are links to /usr. */
export function resolveLink(path: string, target: string): string {
  const parts = target.startsWith('/') ? [] : path.split('/').slice(0, -1);
  for (const part of target.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  const joined = parts.join('/');
  return joined.replace(/^(bin|sbin|lib|lib64)\//, 'usr/$1/');
}

function countBytes(removals: Removal[], entries: readonly Entry[]): void {
  const sizes = new Map(entries.map((entry) => [entry.path, entry]));
  const names = new Map<number, number>();
  for (const entry of entries) if (entry.inode) names.set(entry.inode, (names.get(entry.inode) ?? 0) + 1);
  for (const removal of removals) {
    const entry = sizes.get(removal.path)!;
    if (entry.kind !== 'file') continue;
    const left = entry.inode ? names.get(entry.inode)! - 1 : 0;
    if (entry.inode) names.set(entry.inode, left);
    removal.bytes = left > 0 ? 0 : entry.size;
  }
}

/** One row for each rule, largest first. */
export function summarise(removals: readonly Removal[]): { rule: string; files: number; bytes: number }[] {
  const rows = new Map<string, { rule: string; files: number; bytes: number }>();
  for (const removal of removals) {
    if (removal.kind === 'directory') continue;
    const row = rows.get(removal.rule) ?? { rule: removal.rule, files: 0, bytes: 0 };
    row.files++;
    row.bytes += removal.bytes;
    rows.set(removal.rule, row);
  }
  return [...rows.values()].sort((a, b) => b.bytes - a.bytes || (a.rule < b.rule ? -1 : 1));
}
