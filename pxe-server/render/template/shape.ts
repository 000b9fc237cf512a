import { z } from 'zod';

/** Value of a template variable: plain data only. */
export type TemplateValue =
  | string
  | number
  | boolean
  | null
  | TemplateValue[]
  | { [key: string]: TemplateValue };

/**
 * What a context holds, as plain data, so that another process can be told of it. word: text whose grammar leaves
 * nothing to quote; text: anything a person wrote. unknown: made by the template itself.
 */
export type Shape =
  | { is: 'word' | 'text' | 'number' | 'flag' | 'null' | 'unknown'; nullable?: boolean }
  | { is: 'list'; item: Shape; nullable?: boolean }
  | { is: 'record'; members: Record<string, Shape>; nullable?: boolean };

/** Mark of a schema whose texts need no quotes: `z.string().regex(…).meta(WORD)`. */
export const WORD = { word: true } as const;

/** @throws TypeError for a kind of schema that has no place in a context */
export function shapeOf(schema: z.core.$ZodType): Shape {
  const isWord = z.globalRegistry.get(schema)?.word === true;
  if (schema instanceof z.ZodNullable) return { ...shapeOf(schema.unwrap()), nullable: true };
  if (schema instanceof z.ZodArray) return { is: 'list', item: shapeOf(schema.element) };
  if (schema instanceof z.ZodObject) {
    const members = Object.entries(schema.shape as Record<string, z.core.$ZodType>);
    return { is: 'record', members: nameless(members.map(([name, member]) => [name, shapeOf(member)])) };
  }
  if (schema instanceof z.ZodEnum) return { is: 'word' };
  if (schema instanceof z.ZodNumber) return { is: 'number' };
  if (schema instanceof z.ZodBoolean) return { is: 'flag' };
  if (schema instanceof z.ZodString || schema instanceof z.ZodStringFormat)
    return { is: isWord ? 'word' : 'text' };
  throw new TypeError(`a context has no ${(schema as { type?: string }).type ?? 'such schema'}`);
}

/** Of a value, for contexts without a schema; its texts count as checked. */
export function shapeOfValue(value: TemplateValue): Shape {
  if (value === null) return { is: 'null', nullable: true };
  if (Array.isArray(value))
    return { is: 'list', item: value[0] === undefined ? UNKNOWN : shapeOfValue(value[0]) };
  if (typeof value === 'object')
    return {
      is: 'record',
      members: nameless(Object.entries(value).map(([name, member]) => [name, shapeOfValue(member)])),
    };
  const is = ({ string: 'word', number: 'number', boolean: 'flag' } as const)[typeof value as 'string'];
  return { is };
}

export const UNKNOWN: Shape = { is: 'unknown' };

function nameless(members: [string, Shape][]): Record<string, Shape> {
  return Object.assign(Object.create(null) as Record<string, Shape>, Object.fromEntries(members));
}
