import { RackhandError } from '../../../builder/shared/errors.ts';
import { globToRegExp } from '../../../builder/strip/rules.ts';
import type { Build, PlannedPackage } from './plan.ts';
import type { Layout } from './tables.ts';

/** Where each file of a Debian payload goes, and which package owns it. Pure. */

/** A path found in the extracted payload. */
export interface PayloadEntry {
  path: string;
  kind: 'file' | 'directory' | 'link';
  mode: number;
  uid: number;
  gid: number;
}

export interface Placed extends PayloadEntry {
  /** Path in the extracted payload. */
  from: string;
  /** One for a file or link; a folder belongs to every package that has something in it. */
  packages: string[];
}

/** Every entry that stays, at its new path; a path that two entries claim goes to the first. */
export function placePayload(
  entries: readonly PayloadEntry[],
  build: Build,
  layout: Layout,
  modules: ReadonlyMap<string, string> = new Map(),
): Placed[] {
  const drops = [...layout.drop, ...build.definition.drop].map(globToRegExp);
  const moves = build.definition.move.map(({ from, to }) => ({ from: new RegExp(from), to }));
  const assign = assigner(build, modules);
  const folders = new Set(layout.folders);
  const placed = new Map<string, Placed>();
  for (const entry of entries) {
    const merged = mergeUsr(entry.path);
    if (merged in layout.links || drops.some((drop) => drop.test(merged))) continue;
    if (entry.kind === 'directory' && (folders.has(merged) || isDropped(`${merged}/x`))) continue;
    const path = documentPath(move(merged), build.name);
    if (placed.has(path)) continue;
    const mode = entry.kind === 'file' && isLibrary(path) ? entry.mode | 0o111 : entry.mode;
    placed.set(path, { ...entry, mode, path, from: entry.path, packages: [assign(path)] });
  }
  return withSharedFolders(withoutEmptied([...placed.values()], entries)).sort((a, b) =>
    a.path < b.path ? -1 : 1,
  );

  function isDropped(path: string): boolean {
    return drops.some((drop) => drop.test(path));
  }
  function move(path: string): string {
    const rule = moves.find(({ from }) => from.test(path));
    return rule ? path.replace(rule.from, rule.to) : path;
  }
}

/**
 * Names of a payload's owner and group, where it is not root.
 * @throws RackhandError mirror-table for a number that the table does not know
 */
export function ownerOf(
  entry: Pick<PayloadEntry, 'path' | 'uid' | 'gid'>,
  { users, groups }: Pick<Layout, 'users' | 'groups'>,
): { user?: string; group?: string } {
  const named = (id: number, names: Record<string, string>, kind: string) => {
    const name = names[id];
    if (name !== undefined) return name;
    throw new RackhandError(
      'mirror-table',
      `/${entry.path} belongs to ${kind} ${id}, which has no name`,
      `add it to '${kind}s' of layout.yaml`,
    );
  };
  return {
    ...(entry.uid === 0 ? {} : { user: named(entry.uid, users, 'user') }),
    ...(entry.gid === 0 ? {} : { group: named(entry.gid, groups, 'group') }),
  };
}

/** /bin, /sbin, /lib and /lib64 are links into /usr. */
export function mergeUsr(path: string): string {
  return path.replace(/^(bin|sbin|lib|lib64)(?=\/|$)/, 'usr/$1');
}

/** Copyright files are licences: they stay when documentation is left out. */
function documentPath(path: string, name: string): string {
  const copyright = /^usr\/share\/doc\/([^/]+)\/copyright$/.exec(path);
  return copyright ? `usr/share/licenses/${name}/copyright.${copyright[1]}` : path;
}

/** EL ships libraries executable, and rpm looks for dependencies in those only. */
function isLibrary(path: string): boolean {
  return path.startsWith('usr/lib') && /\.so(\.[0-9.]+)?$/.test(path);
}

function assigner(build: Build, modules: ReadonlyMap<string, string>): (path: string) => string {
  const [main, ...parts] = build.packages as [PlannedPackage, ...PlannedPackage[]];
  const matchers = parts.map((part) => ({ name: part.name, patterns: (part.files ?? []).map(globToRegExp) }));
  return (path) =>
    modules.get(path) ??
    matchers.find(({ patterns }) => patterns.some((pattern) => pattern.test(path)))?.name ??
    main.name;
}

function withSharedFolders(placed: Placed[]): Placed[] {
  const users = new Map<string, Set<string>>();
  for (const entry of placed) {
    if (entry.kind === 'directory') continue;
    for (const folder of parents(entry.path)) {
      users.set(folder, (users.get(folder) ?? new Set()).add(entry.packages[0]!));
    }
  }
  return placed.map((entry) => {
    const sharing = entry.kind === 'directory' ? users.get(entry.path) : undefined;
    return sharing ? { ...entry, packages: [...sharing].sort() } : entry;
  });
}

/** Leaves out folders in which the payload had something and nothing of it stays there. */
function withoutEmptied(placed: Placed[], entries: readonly PayloadEntry[]): Placed[] {
  const hadFiles = new Set<string>();
  for (const e of entries)
    if (e.kind !== 'directory') for (const p of parents(mergeUsr(e.path))) hadFiles.add(p);
  const hasFiles = new Set<string>();
  for (const e of placed) if (e.kind !== 'directory') for (const p of parents(e.path)) hasFiles.add(p);
  return placed.filter((e) => e.kind !== 'directory' || hasFiles.has(e.path) || !hadFiles.has(e.path));
}

/** usr/lib/a → usr, usr/lib */
function parents(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('/'));
}
