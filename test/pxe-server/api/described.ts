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

interface Described {
  status: number;
  type: string;
  body: unknown;
}

/** @throws Error unless the document describes this answer: operation, status, media type and every field */
export function expectDescribed(
  description: Description,
  request: { method: string; path: string },
  answer: Described,
): void {
  const wrong = undescribed(description, request, answer);
  if (wrong !== undefined) throw new Error(`${request.method} ${request.path}: ${wrong}`);
}

/** What of an answer the document does not describe; undefined: nothing. */
export function undescribed(
  description: Description,
  request: { method: string; path: string },
  { status, type, body }: Described,
): string | undefined {
  const operation = operationOf(description, request.method, request.path);
  const response = operation.responses[status] ?? operation.responses[`${Math.floor(status / 100)}XX`];
  const schema = response?.content?.[type.split(';')[0]!]?.schema;
  if (!schema) return `${status} ${type} is not described`;
  const { error } = readerOf(schema).safeParse(body);
  return error && `${status} is not as described: ${JSON.stringify(error.issues)}`;
}

/** The operation of a path with or without a query; a literal segment wins over a parameter. @throws Error without one */
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
  if (template === undefined) throw new Error(`${method} ${path} is not described`);
  return description.paths[template]![method.toLowerCase()]!;
}

/** Made once for each schema: it is the dearest part. */
const readers = new WeakMap<object, z.ZodType>();

function readerOf(schema: Schema): z.ZodType {
  const key = schema as object;
  const reader = readers.get(key) ?? z.fromJSONSchema(schema);
  readers.set(key, reader);
  return reader;
}
