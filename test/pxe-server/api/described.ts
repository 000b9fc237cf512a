import { expect } from 'vitest';
import { z } from 'zod';

type Schema = Parameters<typeof z.fromJSONSchema>[0];
interface Operation {
  summary?: string;
  requestBody?: { content: Record<string, { schema: Schema }> };
  parameters?: { name: string; in: string; schema: Schema }[];
  responses: Record<string, { description: string; content?: Record<string, { schema: Schema }> }>;
}

/** An OpenAPI document as far as tests read it. */
export interface Description {
  openapi: string;
  security: unknown[];
  components: { securitySchemes: Record<string, unknown> };
  paths: Record<string, Record<string, Operation>>;
}

/** Fails unless the document describes this answer: operation, status, media type and every field. */
export function expectDescribed(
  description: Description,
  request: { method: string; path: string },
  answer: { status: number; type: string; body: unknown },
): void {
  const { status, type, body } = answer;
  const operation = operationOf(description, request.method, request.path);
  const response = operation.responses[status] ?? operation.responses[`${Math.floor(status / 100)}XX`];
  const schema = response?.content?.[type.split(';')[0]!]?.schema;
  expect(schema, `${request.method} ${request.path} → ${status} ${type} is described`).toBeDefined();
  const checked = z.fromJSONSchema(schema!).safeParse(body);
  expect(checked.error?.issues, `${request.method} ${request.path} → ${status}`).toBeUndefined();
}

/** The operation of a path with or without a query; a literal segment wins over a parameter. */
export function operationOf(description: Description, method: string, path: string): Operation {
  const wanted = path.split('?')[0]!.split('/');
  const fits = (template: string) => {
    const parts = template.split('/');
    return (
      parts.length === wanted.length && parts.every((part, i) => /^\{.*\}$/.test(part) || part === wanted[i])
    );
  };
  const [template] = Object.keys(description.paths)
    .filter((path) => fits(path) && description.paths[path]![method.toLowerCase()])
    .sort((a, b) => Number(a.includes('{')) - Number(b.includes('{')));
  expect(template, `${method} ${path} is described`).toBeDefined();
  return description.paths[template!]![method.toLowerCase()]!;
}
