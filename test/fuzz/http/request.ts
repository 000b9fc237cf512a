import type { Description } from '../../pxe-server/api/described.ts';
import { FORM, JSON_TYPE } from './document.ts';
import { noise, pick, type Random, type Schema, spoiled, upTo, valid } from './values.ts';

/** A route of the document. */
export interface Route {
  method: string;
  /** "/api/v1/hosts/{id}" */
  template: string;
  parameters: { name: string; in: string; schema: Schema }[];
  body?: Schema;
  /** The body comes as a form. */
  form: boolean;
}

export interface FuzzRequest {
  route: Route;
  method: string;
  /** As it goes over the wire. */
  path: string;
  headers: Record<string, string>;
  body?: Buffer;
}

/** What is there to be asked for, as requests are made: values by name of a parameter, and bearers. */
export interface Known {
  parameters: Record<string, () => readonly string[]>;
  tokens(): readonly string[];
  /** Bodies that no schema leads to, by template. */
  bodies?: Record<string, () => readonly unknown[]>;
}

export function routesOf({ paths }: Description): Route[] {
  return Object.entries(paths).flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody }]): Route => {
      const { [JSON_TYPE]: json, [FORM]: form } = requestBody?.content ?? {};
      const body = (form ?? json)?.schema as Schema | undefined;
      const about = { template, parameters: parameters as Route['parameters'], form: form !== undefined };
      return { method: method.toUpperCase(), ...about, ...(body ? { body } : {}) };
    }),
  );
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND'];
/** Node's own limit for a request's head is 16 KiB. */
const LONGEST_PATH = 9000;

/** One of the routes with values that it takes, or not. */
export function requestOf(routes: readonly Route[], known: Known, random: Random): FuzzRequest {
  const route = pick(random, routes);
  const right = random() < 0.4;
  const method = right || random() < 0.95 ? route.method : pick(random, METHODS);
  const { body, headers } = bodyOf(route, known, right, random);
  const token = tokenOf(known, random);
  return {
    ...{ route, method, path: pathOf(route, known, right, random).slice(0, LONGEST_PATH) },
    headers: { ...headers, ...(token === undefined ? {} : { authorization: token }) },
    ...(body ? { body } : {}),
  };
}

function pathOf({ template, parameters }: Route, known: Known, right: boolean, random: Random): string {
  if (!right && random() < 0.02) return `/${encoded(String(noise(random)), random)}`;
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const there = known.parameters[name]?.() ?? [];
    if (there.length > 0 && (right || random() < 0.5)) return encodeURIComponent(pick(random, there));
    const schema = parameters.find((one) => one.in === 'path' && one.name === name)?.schema ?? {};
    if (right || random() < 0.4) return encodeURIComponent(String(valid(schema, random)));
    return encoded(String(noise(random)), random);
  });
  const query = parameters
    .filter((one) => one.in === 'query')
    .flatMap(({ name, schema }) => {
      if (random() < 0.5) return [];
      const there = known.parameters[name]?.() ?? [];
      const value = there.length > 0 && random() < 0.5 ? pick(random, there) : valid(schema, random);
      const given = right || random() < 0.5 ? value : noise(random);
      const times = !right && random() < 0.1 ? 2 : 1;
      return Array.from(
        { length: times },
        () => `${encodeURIComponent(name)}=${encoded(String(given), () => 1)}`,
      );
    });
  if (!right && random() < 0.1) query.push(`${encoded(String(noise(random)), random)}=1`);
  return query.length === 0 ? path : `${path}?${query.join('&')}`;
}

/** Percent-encoded, now and then as nobody should. */
function encoded(text: string, random: Random): string {
  if (random() < 0.1)
    return pick(random, ['%', '%zz', '%ff', '%c0%af', '%00', '%2e%2e%2f', '..', '//', ';', '%25']);
  return [...Buffer.from(text, 'utf8')]
    .map((byte) =>
      /[\w.~-]/.test(String.fromCharCode(byte))
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).padStart(2, '0')}`,
    )
    .join('');
}

interface Written {
  body: Buffer;
  headers: Record<string, string>;
}

const TYPES = [
  'application/json',
  'application/json; charset=utf-16',
  'text/plain',
  'application/xml',
  '',
  'x',
];

function bodyOf(
  { template, body: schema, form }: Route,
  { bodies = {} }: Known,
  right: boolean,
  random: Random,
): Partial<Written> & Pick<Written, 'headers'> {
  const written = form ? asForm : asJson;
  if (!schema) return right || random() < 0.8 ? { headers: {} } : written(noise(random));
  const there = bodies[template]?.() ?? [];
  if (there.length > 0 && random() < 0.5) return written(pick(random, there));
  if (right) return written(valid(schema, random));
  const kind = random();
  if (kind < 0.25) return written(valid(schema, random));
  if (kind < 0.75) return written(spoiled(schema, random));
  const made = (random() < 0.9 ? written : asJson)(valid(schema, random));
  if (kind < 0.8) return { ...made, body: made.body.subarray(0, upTo(random, made.body.length)) };
  if (kind < 0.85) return { ...made, headers: { 'content-type': pick(random, TYPES) } };
  if (kind < 0.9) return { ...made, body: Buffer.from(`{"__proto__":{"x":1},"a":${made.body}}`) };
  if (kind < 0.95)
    return { ...made, body: Buffer.from(Array.from({ length: upTo(random, 300) }, () => upTo(random, 256))) };
  return { headers: {} };
}

function asJson(value: unknown): Written {
  return { body: Buffer.from(JSON.stringify(value) ?? ''), headers: { 'content-type': JSON_TYPE } };
}

/** Fields of an object by their names; anything else as what it is called. */
function asForm(value: unknown): Written {
  const fields: [string, string][] = Object.entries(Object(value)).map(([name, one]) => [name, String(one)]);
  return { body: Buffer.from(String(new URLSearchParams(fields))), headers: { 'content-type': FORM } };
}

function tokenOf(known: Known, random: Random): string | undefined {
  const kind = random();
  if (kind < 0.9) return `Bearer ${pick(random, known.tokens())}`;
  if (kind < 0.93) return undefined;
  if (kind < 0.96) return `Bearer ${'0123456789abcdef'.repeat(2)}`;
  return pick(random, [
    'Bearer',
    'Bearer ',
    'Basic cm9vdDpyb290',
    `Bearer ${'x'.repeat(4000)}`,
    'bearer a',
    '\u00ff',
  ]);
}
