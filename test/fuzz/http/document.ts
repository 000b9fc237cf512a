import { z } from 'zod';
import type { Description } from '../../pxe-server/api/described.ts';

export interface DocumentedRoute {
  methods?: string[];
  template: string;
  body?: z.ZodType;
  /** It comes as a form, as curl and shell write it. */
  form?: boolean;
  query?: Record<string, z.ZodType>;
}

export const FORM = 'application/x-www-form-urlencoded';
export const JSON_TYPE = 'application/json';

/** A document of routes that have none of their own, in the form of OpenAPI's, as far as requests are made from it. */
export function documentOf(routes: readonly DocumentedRoute[]): Description {
  const paths: Description['paths'] = {};
  for (const { methods = ['GET', 'HEAD'], template, body, form, query = {} } of routes) {
    const named = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) =>
      parameter(name!, 'path', z.string().max(64)),
    );
    const asked = Object.entries(query).map(([name, schema]) => parameter(name, 'query', schema));
    const operation = {
      ...{ parameters: [...named, ...asked], responses: {} },
      ...(body
        ? { requestBody: { content: { [form ? FORM : JSON_TYPE]: { schema: schemaOf(body) } } } }
        : {}),
    };
    paths[template] = Object.fromEntries(methods.map((method) => [method.toLowerCase(), operation]));
  }
  return { openapi: '3.1.0', security: [], components: { securitySchemes: {} }, paths };
}

function parameter(name: string, where: string, schema: z.ZodType) {
  return { name, in: where, schema: schemaOf(schema) };
}

function schemaOf(schema: z.ZodType) {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Parameters<
    typeof z.fromJSONSchema
  >[0];
}
