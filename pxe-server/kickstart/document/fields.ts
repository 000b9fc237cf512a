import type { Values } from '../arguments.ts';

/** Values of a command with their types; what is empty is not there. */
export const text = (values: Values, field: string): string | undefined => {
  const value = values[field];
  return typeof value === 'string' && value !== '' ? value : undefined;
};
export const number = (values: Values, field: string): number | undefined => {
  const value = values[field];
  return typeof value === 'number' ? value : undefined;
};
export const flag = (values: Values, field: string): boolean => values[field] === true;
export const list = (values: Values, field: string): readonly string[] => {
  const value = values[field];
  return Array.isArray(value) ? (value as string[]) : [];
};
export const commas = (value: string | undefined): readonly string[] =>
  (value ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

type Known<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Without the keys whose value is not known. */
export function known<T extends object>(object: T): Known<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Known<T>;
}
