import type { PlacedRule } from '../../../builder/recipe/strip-rules.ts';
import type { Entry } from '../../../builder/strip/entry.ts';
import type { ModuleInfo } from '../../../builder/strip/modules.ts';
import { buildNeeds, type FileFacts, type RawFacts } from '../../../builder/strip/needs.ts';
import { planStrip, type StripInput } from '../../../builder/strip/plan.ts';

/** Small roots and rules, written the way they look. */
export const file = (path: string, size = 10, inode = 0): Entry => ({
  path,
  kind: 'file',
  size,
  mode: 0o755,
  inode,
});
export const link = (path: string, target: string): Entry => ({
  ...{ path, kind: 'link', size: 0, mode: 0o777, inode: 0, target },
});
export const folder = (path: string): Entry => ({ path, kind: 'directory', size: 0, mode: 0o755, inode: 0 });

export const facts = (path: string, more: Partial<FileFacts> = {}): FileFacts => ({
  ...{ path, libraries: [], runpath: [], programs: [] },
  ...more,
});

const KERNEL = 'usr/lib/modules/6.1.0/';
export const modulePath = (place: string) => `${KERNEL}${place}.ko`;

export function module(place: string, more: Partial<ModuleInfo> = {}): ModuleInfo {
  const name = place.slice(place.lastIndexOf('/') + 1).replaceAll('-', '_');
  return { file: modulePath(place), name, depends: [], soft: [], firmware: [], aliases: [], ...more };
}

/** "drop usr/a/** usr/b" with options; `at` is the place in the list. */
export function rules(...list: (string | [string, Partial<PlacedRule>])[]): PlacedRule[] {
  return list.map((given, index) => {
    const [text, more] = typeof given === 'string' ? [given, {}] : given;
    const [verb, ...patterns] = text.split(' ');
    return {
      ...{
        verb: verb as PlacedRule['verb'],
        patterns,
        because: `reason ${index}`,
        needed: undefined,
        at: `r:${index}`,
      },
      ...more,
    };
  });
}
export const UNLESS: Partial<PlacedRule> = { needed: 'stays' };
export const EVEN_IF: Partial<PlacedRule> = { needed: 'goes' };

export interface Root {
  entries?: Entry[];
  files?: FileFacts[];
  modules?: ModuleInfo[];
  builtin?: string[];
  owners?: Record<string, string[]>;
  folders?: string[];
}

export function input(root: Root, placed: PlacedRule[]): StripInput {
  const modules = root.modules ?? [];
  const entries = [...(root.entries ?? []), ...modules.map((m) => file(m.file))];
  const raw: RawFacts = {
    ...{ entries, modules, files: root.files ?? [] },
    builtin: new Set(root.builtin ?? []),
    libraryFolders: root.folders ?? ['usr/lib64'],
  };
  const needs = buildNeeds(raw);
  // Features are the subject of a test of their own.
  needs.delete('(hypervisor)');
  return { entries, needs, owners: new Map(Object.entries(root.owners ?? {})), rules: placed };
}

export function plan(root: Root, placed: PlacedRule[]) {
  return planStrip(input(root, placed));
}

/** Paths that go, each with the index of its rule. */
export function gone(root: Root, placed: PlacedRule[]): Record<string, number> {
  return Object.fromEntries(plan(root, placed).removals.map(({ path, rule }) => [path, rule]));
}
