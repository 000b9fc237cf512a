import { RackhandError } from '../../../builder/shared/errors.ts';
import { globToRegExp } from '../../../builder/strip/rules.ts';
import { type DebFacts, type Evr, toEvr } from './debian.ts';
import { type Layout, type Package, type Part, packageOf, type Tables } from './tables.ts';

/** What is built together: the RPMs cut from the payload of some Debian packages. Main package first. */
export interface Build {
  name: string;
  debs: DebFacts[];
  evr: Evr;
  arch: 'noarch' | 'x86_64';
  definition: Package;
  packages: PlannedPackage[];
  /** Of the kernel's build only: 6.1.0-56-amd64. */
  kernel?: string;
}

export interface PlannedPackage {
  name: string;
  summary: string;
  requires: string[];
  pre: string[];
  provides: string[];
  part: Pick<Part, 'write' | 'links' | 'own' | 'ghost' | 'scripts' | 'folders'>;
  /** Undefined: whatever no other package of the build takes. */
  files?: string[];
  modules?: Part['modules'];
}

type Names = Pick<Tables, 'names' | 'packages' | 'layout'>;

/** Closure of Debian packages + tables → what to build, with dependencies in EL names. */
export function planBuilds(debs: readonly DebFacts[], tables: Names): Build[] {
  const groups = groupDebs(debs, tables);
  const owner = new Map([...groups].flatMap(([name, group]) => group.debs.map((deb) => [deb.name, name])));
  const resolve = resolver(debs, owner, tables);
  const builds = [...groups].map(([name, { definition, debs }]) =>
    planOne(name, definition, debs, resolve, tables),
  );
  assertWhole(builds);
  return builds.sort((a, b) => (a.name < b.name ? -1 : 1));
}

interface Group {
  definition: Package;
  debs: DebFacts[];
}

/** EL name of the main package → its Debian packages. The tables of packages go before names.yaml. */
function groupDebs(debs: readonly DebFacts[], { names, packages }: Names): Map<string, Group> {
  const groups = new Map<string, Group>();
  const taken = new Set<string>();
  for (const [name, definition] of Object.entries(packages)) {
    const wanted = definition.debs.length > 0 || definition.version ? definition.debs : debsNamed(name);
    const found = wanted.flatMap((pattern) => debs.filter((deb) => globToRegExp(pattern).test(deb.name)));
    // A table may tell of more than one closure holds, as in the tests.
    if (found.length === 0 && definition.version === undefined) continue;
    for (const deb of found) taken.add(deb.name);
    groups.set(name, { definition, debs: found });
  }
  const order = Object.keys(names.rename);
  const rank = (deb: DebFacts) => (order.includes(deb.name) ? order.indexOf(deb.name) : -1);
  for (const deb of [...debs].sort((a, b) => rank(a) - rank(b))) {
    if (taken.has(deb.name) || names.absent.includes(deb.name)) continue;
    const name = names.rename[deb.name] ?? deb.name;
    const group = groups.get(name) ?? { definition: packageOf({}), debs: [] };
    group.debs.push(deb);
    groups.set(name, group);
  }
  return groups;

  function debsNamed(name: string): string[] {
    const renamed = Object.keys(names.rename).filter((deb) => names.rename[deb] === name);
    return renamed.length > 0 ? renamed : [name];
  }
}

/** Debian dependencies of a build → names of EL packages. */
function resolver(debs: readonly DebFacts[], owner: ReadonlyMap<string, string>, { names }: Names) {
  const providers = new Map<string, string>();
  for (const deb of debs)
    for (const name of deb.provides) providers.set(name, providers.get(name) ?? deb.name);
  return (self: string, group: readonly DebFacts[]): string[] => {
    const found = new Set<string>();
    for (const clause of group.flatMap((deb) => deb.depends)) {
      const hit = clause.map((name) => owner.get(name) ?? owner.get(providers.get(name) ?? '')).find(Boolean);
      if (hit && hit !== self && !names.unrequired.includes(hit)) found.add(hit);
    }
    return [...found].sort();
  };
}

function planOne(
  name: string,
  definition: Package,
  debs: DebFacts[],
  resolve: (self: string, group: readonly DebFacts[]) => string[],
  { layout }: Names,
): Build {
  const first = debs[0];
  const base = definition.ground ? [] : ['filesystem'];
  const kernel = definition.kernel ? /^linux-image-(\d.*)$/.exec(first?.name ?? '')?.[1] : undefined;
  const ghost = definition.ghost.map((path) => path.replaceAll('KERNEL', kernel ?? ''));
  const main: PlannedPackage = {
    name,
    summary: definition.summary ?? first?.summary ?? name,
    requires: union(definition.ground ? [] : resolve(name, debs), definition.requires),
    pre: union(base, definition.pre),
    provides: definition.provides,
    part:
      definition.folders === true
        ? ground(definition, layout)
        : { ...definition, folders: definition.folders, ghost },
  };
  const parts = Object.entries(definition.parts).map(([partName, part]) => ({
    name: partName,
    summary: part.summary ?? main.summary,
    requires: part.requires,
    pre: union(base, part.pre),
    provides: part.provides,
    part,
    files: part.files ?? [],
    ...(part.modules ? { modules: part.modules } : {}),
  }));
  const allPlain = debs.every((deb) => deb.architecture === 'all');
  return {
    name,
    debs,
    evr: definition.version
      ? { epoch: 0, version: definition.version, release: '1.el9' }
      : toEvr(first!.version),
    arch: definition.noarch || (allPlain && debs.length > 0) ? 'noarch' : 'x86_64',
    definition,
    packages: [main, ...parts],
    ...(kernel ? { kernel } : {}),
  };
}

/** The package `filesystem`: every folder that packages share, and the links into /usr. */
function ground(definition: Package, layout: Layout): PlannedPackage['part'] {
  const modes = Object.entries(layout.modes).map(([path, mode]) => [path, { mode }]);
  return {
    ...definition,
    folders: layout.folders,
    links: { ...layout.links, ...definition.links },
    own: { ...Object.fromEntries(modes), ...definition.own },
  };
}

function union(...lists: readonly string[][]): string[] {
  return [...new Set(lists.flat())];
}

/** @throws RackhandError mirror-table when two builds make one package */
function assertWhole(builds: readonly Build[]): void {
  const seen = new Map<string, string>();
  for (const build of builds) {
    for (const { name } of build.packages) {
      const other = seen.get(name);
      if (other !== undefined) {
        throw new RackhandError(
          'mirror-table',
          `both ${other} and ${build.name} make the package ${name}`,
          'correct names.yaml or packages/ of the lab mirror',
        );
      }
      seen.set(name, build.name);
    }
  }
}
