import { join } from 'node:path';
import { InvalidArgumentError } from 'commander';

/** Arguments that several commands share, and how they print. */
export const CATALOG = 'images/catalog';
export const CACHE = '.cache/builder';

export interface CatalogFlags {
  catalog: string;
  json?: boolean;
}

/** A bare name is a recipe of this checkout. */
export function recipeFile(text: string): string {
  return /^[a-z0-9][a-z0-9-]*$/.test(text)
    ? join(import.meta.dirname, '../../images/recipes', `${text}.yaml`)
    : text;
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
