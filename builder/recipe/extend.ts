import { nearest } from '../shared/nearest.ts';
import type { RecipeFile, Repository } from './schema.ts';
import { invalid } from './strict.ts';
import type { StripEntry } from './strip-rules.ts';

/** Which recipe comes of files that extend each other: pure. */

/** One file, read and checked. */
export interface WrittenRecipe {
  file: string;
  data: RecipeFile;
  lineOf: (path: PropertyKey[]) => number;
}

/** An entry of a list with the place where it stands. */
export interface Placed<T> {
  value: T;
  /** "images/recipes/hypervisor.yaml:41" */
  at: string;
  /** True when its file is for no release in particular: a package is then named as EL9 names it. */
  neutral: boolean;
}

const NAMES = ['packages', 'exclude', 'kernelArguments'] as const;
const UNITS = ['enable', 'disable', 'mask'] as const;

export type MergedRecipe = Omit<
  RecipeFile,
  (typeof NAMES)[number] | 'repositories' | 'strip' | 'initramfs' | 'services' | 'without'
> & {
  packages: Placed<string>[];
  exclude: Placed<string>[];
  kernelArguments: Placed<string>[];
  repositories: Placed<Repository>[];
  strip: Placed<StripEntry>[];
  initramfs: Placed<StripEntry>[];
  services: Record<(typeof UNITS)[number], Placed<string>[]>;
};

/**
 * Files from the one that extends nothing to the recipe itself: lists append, scalars override, a repository
 * takes the place of one with its id, and `without` takes entries out before the file adds its own.
 * @throws RackhandError recipe-invalid: an entry that is there twice, or not there to be taken out
 */
export function mergeRecipes(chain: readonly WrittenRecipe[]): MergedRecipe {
  return chain.reduce<MergedRecipe>((before, written) => extend(takeOut(before, written), written), EMPTY);
}

const EMPTY = {
  name: '',
  ...{ packages: [], exclude: [], kernelArguments: [], repositories: [], strip: [], initramfs: [] },
  services: { enable: [], disable: [], mask: [] },
};

function extend(before: MergedRecipe, written: WrittenRecipe): MergedRecipe {
  const {
    packages,
    exclude,
    kernelArguments,
    repositories,
    strip,
    initramfs,
    services,
    without: _,
    ...scalars
  } = written.data;
  const neutral = (scalars.base ?? before.base) === undefined;
  const placed = <T>(path: PropertyKey[], list: readonly T[] = []): Placed<T>[] =>
    list.map((value, index) => ({
      value,
      at: `${written.file}:${written.lineOf([...path, index])}`,
      neutral,
    }));
  const { abstract: __, ...inherited } = before;
  return {
    ...inherited,
    ...scalars,
    variables: { ...before.variables, ...scalars.variables },
    compression: { ...before.compression, ...scalars.compression },
    ...(before.budget || scalars.budget ? { budget: { ...before.budget, ...scalars.budget } } : {}),
    packages: append(before.packages, placed(['packages'], packages), 'packages'),
    exclude: append(before.exclude, placed(['exclude'], exclude), 'exclude'),
    kernelArguments: append(
      before.kernelArguments,
      placed(['kernelArguments'], kernelArguments),
      'kernelArguments',
    ),
    repositories: replaceById(before.repositories, placed(['repositories'], repositories)),
    strip: [...before.strip, ...placed(['strip'], strip)],
    initramfs: [...before.initramfs, ...placed(['initramfs'], initramfs)],
    services: Object.fromEntries(
      UNITS.map((key) => [
        key,
        append(before.services[key], placed(['services', key], services?.[key]), `services.${key}`),
      ]),
    ) as MergedRecipe['services'],
  };
}

function append(before: Placed<string>[], added: Placed<string>[], key: string): Placed<string>[] {
  const all = [...before];
  for (const entry of added) {
    // For a release, a recipe may say in its own name what the table would leave out.
    const twin = all.find(({ value, neutral }) => value === entry.value && neutral === entry.neutral);
    if (twin) throw invalid(`${entry.at}: ${key}: ${entry.value} stands in ${twin.at} already`);
    all.push(entry);
  }
  return all;
}

function replaceById(before: Placed<Repository>[], added: Placed<Repository>[]): Placed<Repository>[] {
  const own = new Map<string, Placed<Repository>>();
  for (const entry of added) {
    const twin = own.get(entry.value.id);
    if (twin) throw invalid(`${entry.at}: repositories: the id ${entry.value.id} is taken by ${twin.at}`);
    own.set(entry.value.id, entry);
  }
  const kept = before.map((entry) => own.get(entry.value.id) ?? entry);
  return [...kept, ...added.filter((entry) => !kept.includes(entry))];
}

function takeOut(before: MergedRecipe, { data: { without }, file, lineOf }: WrittenRecipe): MergedRecipe {
  if (!without) return before;
  const less = <T>(
    key: keyof typeof without,
    list: Placed<T>[],
    nameOf: (value: T) => string | undefined,
  ) => {
    const gone = without[key] ?? [];
    const known = list.flatMap(({ value }) => nameOf(value) ?? []);
    for (const [index, name] of gone.entries()) {
      if (known.includes(name)) continue;
      const near = nearest(name, known, 1)[0];
      const hint = near ? `; did you mean "${near}"?` : '';
      throw invalid(
        `${file}:${lineOf(['without', key, index])}: without.${key}: what this extends has no ${name}${hint}`,
      );
    }
    return list.filter(({ value }) => !gone.includes(nameOf(value) ?? ''));
  };
  const same = (value: string) => value;
  const setOf = (entry: StripEntry) => ('use' in entry ? entry.use : undefined);
  return {
    ...before,
    packages: less('packages', before.packages, same),
    exclude: less('exclude', before.exclude, same),
    kernelArguments: less('kernelArguments', before.kernelArguments, same),
    repositories: less('repositories', before.repositories, ({ id }) => id),
    strip: less('strip', before.strip, setOf),
    initramfs: less('initramfs', before.initramfs, setOf),
  };
}
