import { textOf } from './pattern.ts';

export type Random = () => number;

/** JSON Schema as far as our documents use it. */
export interface Schema {
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  format?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
}

/** Longer lists and texts say no more. */
const MOST_ITEMS = 4;
const MOST_LENGTH = 24;
/** How often a text is made anew that its expression does not take. */
const TRIES = 20;

/** A value that the schema takes, as far as can be: checks that no schema tells of may refuse it. */
export function valid(schema: Schema, random: Random): unknown {
  const either = schema.anyOf ?? schema.oneOf;
  if ('const' in schema) return schema.const;
  if (schema.enum) return pick(random, schema.enum);
  if (either) return valid(pick(random, either), random);
  if (schema.allOf) return valid(Object.assign({}, ...schema.allOf), random);
  const type = Array.isArray(schema.type) ? pick(random, schema.type) : schema.type;
  switch (type) {
    case 'object':
      return validObject(schema, random);
    case 'array': {
      const least = schema.minItems ?? 0;
      const most = Math.min(schema.maxItems ?? MOST_ITEMS, least + MOST_ITEMS);
      const length = least + upTo(random, most - least + 1);
      return Array.from({ length }, () => valid(schema.items ?? {}, random));
    }
    case 'string':
      return validText(schema, random);
    case 'integer':
    case 'number':
      return validNumber(schema, type === 'integer', random);
    case 'boolean':
      return random() < 0.5;
    case 'null':
      return null;
    default:
      return noise(random);
  }
}

/** A valid value with one thing in it that is not. */
export function spoiled(schema: Schema, random: Random): unknown {
  const value = valid(schema, random);
  if (random() < 0.15 || value === null || typeof value !== 'object') return noise(random);
  if (Array.isArray(value)) {
    if (value.length === 0 || random() < 0.2)
      return Array.from({ length: upTo(random, 3000) }, () => noise(random));
    value[upTo(random, value.length)] = spoiled(schema.items ?? {}, random);
    return value;
  }
  const object = value as Record<string, unknown>;
  const names = Object.keys(schema.properties ?? object);
  const name = names.length === 0 ? 'x' : pick(random, names);
  const kind = random();
  if (kind < 0.25) delete object[name];
  else if (kind < 0.4) object[pick(random, STRANGE_NAMES)] = noise(random);
  else object[name] = spoiled(schema.properties?.[name] ?? {}, random);
  return object;
}

/** Nothing that anybody asked for. */
export function noise(random: Random): unknown {
  const kind = random();
  if (kind < 0.6) return pick(random, TEXTS);
  if (kind < 0.8) return pick(random, NUMBERS);
  if (kind < 0.85) return 'x'.repeat(upTo(random, 100_000));
  if (kind < 0.9) return nested(upTo(random, 2000));
  return pick(random, [null, true, false, [], {}, [[]], { id: 1 }, [null]]);
}

function validObject({ properties = {}, required = [], additionalProperties }: Schema, random: Random) {
  const value: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(properties))
    if (required.includes(name) || random() < 0.35) value[name] = valid(schema, random);
  if (typeof additionalProperties === 'object')
    for (let i = upTo(random, 3); i > 0; i--) value[`key${i}`] = valid(additionalProperties, random);
  return value;
}

function validText({ pattern, format, minLength = 0, maxLength = MOST_LENGTH }: Schema, random: Random) {
  const known = format === undefined ? undefined : FORMATS[format];
  if (known) return known(random);
  if (pattern !== undefined) {
    let text = '';
    for (let tries = 0; tries < TRIES; tries++) {
      text = textOf(pattern, random).slice(0, Math.max(maxLength, MOST_LENGTH));
      if (new RegExp(pattern).test(text) && text.length >= minLength) return text;
    }
    return text;
  }
  const length = minLength + upTo(random, Math.min(maxLength, MOST_LENGTH) - minLength + 1);
  return textOf(`[a-z0-9 .-]{${length}}`, random);
}

function validNumber(schema: Schema, whole: boolean, random: Random): number {
  const { minimum = schema.exclusiveMinimum === undefined ? 0 : schema.exclusiveMinimum + 1 } = schema;
  const maximum = Math.max(minimum, Math.min(schema.maximum ?? minimum + 1000, minimum + 1_000_000));
  const end = random();
  if (end < 0.1) return minimum;
  if (end < 0.2) return schema.maximum ?? maximum;
  const number = minimum + random() * (maximum - minimum);
  return whole ? Math.floor(number) : number;
}

const octet = (random: Random) => String(upTo(random, 256));
const FORMATS: Record<string, (random: Random) => string> = {
  ipv4: (random) =>
    random() < 0.5 ? `192.0.2.${octet(random)}` : Array.from({ length: 4 }, () => octet(random)).join('.'),
  ipv6: (random) => `fd00:52::${textOf('[0-9a-f]{1,4}', random)}`,
  uuid: (random) => textOf('[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}', random),
  'date-time': (random) => new Date(upTo(random, 4e9) * 1000).toISOString(),
};

const STRANGE_NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  '',
  'a'.repeat(3000),
  '\u0000',
  'id',
];
const TEXTS = [
  ...['', ' ', '\u0000', '\n', '\r\nX-More: 1', '\u001b[2J', '\ud800', '\u2603', '\u202e', '%00', '%'],
  ...[
    '../../etc/passwd',
    '/etc/passwd',
    'file:///etc/passwd',
    '..%2f..%2f',
    "' OR 1=1 --",
    '"; DROP TABLE hosts',
  ],
  ...[
    '{{7*7}}',
    '{% include "x" %}',
    '$' + '{7*7}',
    '`id`',
    '$(id)',
    '<script>alert(1)</script>',
    '__proto__',
  ],
  ...[
    'constructor',
    'null',
    'undefined',
    'NaN',
    '-1',
    '1e999',
    '0x10',
    '999999999999999999999',
    'true',
    '[]',
  ],
  ...[
    '52:54:00:00:00:01',
    '255.255.255.255',
    '0.0.0.0',
    '192.0.2.0/24',
    '192.0.2.0/33',
    '::',
    'fe80::1%eth0',
  ],
  ...[
    '2026-02-30T00:00:00Z',
    '2026-01-01',
    'node1',
    'NODE1',
    'a,b',
    'name,macs\nx,y',
    'hosts: []',
    'hosts: &a [*a]',
  ],
];
const NUMBERS = [0, -1, 1, 0.5, 1e308, -1e308, 2 ** 31, 2 ** 53, 2 ** 63, -0, 65_536, 1e-300];

function nested(depth: number): unknown {
  let value: unknown = [];
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}

export function pick<T>(random: Random, values: readonly T[]): T {
  return values[upTo(random, values.length)]!;
}

export function upTo(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}
