import type { ArtifactRole, Manifest } from '../contract/manifest.ts';
import type { Recipe } from '../recipe/schema.ts';
import { RackhandError } from '../shared/errors.ts';
import type { Contents } from '../strip/contents.ts';
import { bytesByPackage } from './contributors.ts';
import { change, columns, size } from './text.ts';

const MIB = 1 << 20;
const SHOWN = 10;

/** Bytes of the artifacts that a recipe's budget limits. */
export interface BudgetedSizes {
  image: number;
  initramfs: number;
  iso: number;
  netiso: number;
}

export function artifactSizes({ artifacts }: Manifest): BudgetedSizes {
  const of = (role: ArtifactRole) => artifacts.find((artifact) => artifact.role === role)?.size ?? 0;
  return { image: of('rootfs'), initramfs: of('initramfs'), iso: of('iso'), netiso: of('netiso') };
}

/** The last image of the same recipe in the catalog, to say what has grown since. */
export interface LastGood {
  id: string;
  contents: Contents;
}

/** Before anything is built: what the recipe itself says. @throws RackhandError budget-exceeded */
export function assertRamBudget({ budget, ramRequired }: Pick<Recipe, 'budget' | 'ramRequired'>): void {
  if (budget?.ram === undefined || ramRequired <= budget.ram) return;
  const what = `the image wants ${ramRequired} MiB of RAM (ramRequired) and the budget is ${budget.ram} MiB`;
  throw new RackhandError(
    'budget-exceeded',
    what,
    'lower ramRequired if it boots with less, or raise budget.ram',
  );
}

/** @throws RackhandError budget-exceeded, with what contributed most since the last good image */
export function assertBudget(
  budget: Recipe['budget'],
  sizes: BudgetedSizes,
  contents: Contents,
  last: LastGood | undefined,
): void {
  const over = (['image', 'initramfs', 'iso', 'netiso'] as const).flatMap((name) => {
    const limit = budget?.[name];
    return limit === undefined || sizes[name] <= limit * MIB
      ? []
      : [`${name}: ${size(sizes[name])}, budget ${limit} MiB`];
  });
  if (over.length === 0) return;
  const lines = last ? grown(contents, last) : largest(contents);
  throw new RackhandError(
    'budget-exceeded',
    [...over, ...lines.map((line) => `  ${line}`)].join('\n'),
    'drop what is not needed (rackhand build --dry-run shows the plan), or raise the budget; nothing was published',
  );
}

function grown(contents: Contents, last: LastGood): string[] {
  const before = new Map(bytesByPackage(last.contents).map(({ name, after }) => [name, after]));
  const rows = bytesByPackage(contents)
    .map(({ name, after }) => ({ name, after, by: after - (before.get(name) ?? 0) }))
    .filter(({ by }) => by > 0)
    .sort((a, b) => b.by - a.by)
    .slice(0, SHOWN);
  const since = `since image ${last.id}`;
  if (rows.length === 0) return [`no package has grown ${since}; largest:`, ...largest(contents).slice(1)];
  const table = columns(
    rows.map(({ name, after, by }) => [change(by), `to ${size(after)}`, name]),
    [0, 1],
  );
  return [`grown most ${since}, uncompressed:`, ...table];
}

function largest(contents: Contents): string[] {
  const rows = bytesByPackage(contents).slice(0, SHOWN);
  const table = columns(
    rows.map(({ name, after }) => [size(after), name]),
    [0],
  );
  return ['largest packages, uncompressed (no earlier image of this recipe to compare with):', ...table];
}
