import { join } from 'node:path';
import { InvalidArgumentError } from 'commander';

/** Arguments that several commands share, and how they print. */
export const CATALOG = 'images/catalog';
export const CACHE = '.cache/builder';
export const RECIPES = join(import.meta.dirname, '../../images/recipes');

export interface CatalogFlags {
  catalog: string;
  json?: boolean;
}

/** A bare name is a recipe of this checkout. */
export function recipeFile(text: string): string {
  return /^[a-z0-9][a-z0-9-]*$/.test(text) ? join(RECIPES, `${text}.yaml`) : text;
}

/** Gathers `--set name=value`. */
export function collect(text: string, before: Record<string, string>): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('expected name=value');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

const UNITS = { h: 3_600_000, d: 24 * 3_600_000, w: 7 * 24 * 3_600_000 };

/** An age in milliseconds: "12h", "30d", "2w". */
export function age(text: string): number {
  const [, number, unit] = /^(\d{1,5})([hdw])$/.exec(text) ?? [];
  if (number === undefined) throw new InvalidArgumentError('expected hours, days or weeks: 12h, 30d, 2w');
  return Number(number) * UNITS[unit as keyof typeof UNITS];
}

export function atLeastOne(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1) return number;
  throw new InvalidArgumentError('expected a whole number, one at least');
}
