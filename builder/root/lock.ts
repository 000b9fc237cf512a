import type { Recipe } from '../recipe/schema.ts';
import { RackhandError } from '../shared/errors.ts';
import {
  type DnfPaths,
  localSources,
  namesArguments,
  queryArguments,
  resolveArguments,
} from './arguments.ts';
import { dnf } from './dnf.ts';
import { type LockedPackage, nevra, parseQuery, parseTransaction } from './parse.ts';

/** Exactly what will be installed, and by whose keys it is trusted. */
export interface Lock {
  packages: LockedPackage[];
  /** Repository id → SHA-256 of its key file; those whose packages nobody checks have none. */
  keys: Record<string, string>;
  /** Set when the root was there already: its packages are what its own database says. */
  source?: { kind: string; path: string; digest: string };
}

export interface LockOptions {
  signal?: AbortSignal | undefined;
  onLine?: (line: string) => void;
  /** Ranks names by nearness to a name that does not exist. */
  nearest: (name: string, names: string[]) => string[];
}

/** dnf solves the recipe's packages; metadata supplies each one's digest and size. */
export async function lockPackages(
  recipe: Recipe,
  paths: DnfPaths,
  keys: Record<string, string>,
  options: LockOptions,
): Promise<Lock> {
  const { signal, onLine } = options;
  const sources = localSources(recipe);
  const near = async () => {
    const names = (
      await dnf(namesArguments(recipe, paths), paths, { signal, sources, network: false })
    ).stdout.split('\n');
    return (name: string) => options.nearest(name, names.filter(Boolean));
  };
  const solved = await dnf(resolveArguments(recipe, paths), paths, {
    signal,
    near,
    sources,
    network: true,
    assumeNo: true,
    ...(onLine ? { onLine } : {}),
  });
  const wanted = new Set(parseTransaction(solved.stdout));
  const rows = parseQuery(
    (await dnf(queryArguments(recipe, paths, [...wanted]), paths, { signal, sources, network: false }))
      .stdout,
  );
  const packages = unique(rows).sort((a, b) => (nevra(a) < nevra(b) ? -1 : 1));
  const missing = [...wanted].filter((name) => !packages.some((p) => nevra(p) === name));
  if (packages.length === 0 || missing.length > 0) {
    const what = missing.length > 0 ? `no metadata for ${missing.join(', ')}` : 'an empty transaction';
    throw new RackhandError(
      'lock-incomplete',
      `dnf gave ${what}`,
      'run again; the repository may have changed',
    );
  }
  return { packages, keys };
}

/** The same package in two repositories: the first row counts, as in dnf's own choice by order. */
function unique(rows: LockedPackage[]): LockedPackage[] {
  const seen = new Map<string, LockedPackage>();
  for (const row of rows) if (!seen.has(nevra(row))) seen.set(nevra(row), row);
  return [...seen.values()];
}
