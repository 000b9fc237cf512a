import type { Values } from '../arguments.ts';
import type { Problem } from '../findings.ts';
import type { Release } from '../releases.ts';

/** What the installers check of a command's values together. They look at one line alone. */
export type Rule = (values: Values, release: Release) => Problem | undefined;

/** As the reference means it: given, and not empty, nought or no. */
export function isGiven(values: Values, field: string): boolean {
  const value = values[field];
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

/** rule('…', 'field', (values) => whether it is broken) */
export function rule(
  code: string,
  field: string | undefined,
  message: string,
  mend: string,
  isBroken: (values: Values, release: Release) => boolean,
): Rule {
  const problem = { code, message, mend, ...(field === undefined ? {} : { field }) };
  return (values, release) => (isBroken(values, release) ? problem : undefined);
}

const option = (field: string) => `--${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

export function notTogether(...fields: string[]): Rule {
  return (values) => {
    const given = fields.filter((field) => isGiven(values, field));
    if (given.length < 2) return undefined;
    const message = `${given.map(option).join(' and ')} exclude each other`;
    return { code: 'options-exclusive', message, mend: 'keep one of them', field: given[1]! };
  };
}

export function oneOf(...fields: string[]): Rule {
  return (values) => {
    if (fields.some((field) => isGiven(values, field))) return undefined;
    const message = `one of ${fields.map(option).join(', ')} is needed`;
    return { code: 'argument-absent', message, mend: 'add one of them' };
  };
}

export function needs(field: string, other: string): Rule {
  return rule(
    'option-incomplete',
    field,
    `${option(field)} needs ${option(other)}`,
    `add ${option(other)}`,
    (values) => isGiven(values, field) && !isGiven(values, other),
  );
}

export function between(field: string, least: number, most: number): Rule {
  return rule(
    'number-outside',
    field,
    `${option(field)} is outside ${least} to ${most}`,
    'choose a number inside',
    (values) =>
      values[field] !== undefined && !(Number(values[field]) >= least && Number(values[field]) <= most),
  );
}
