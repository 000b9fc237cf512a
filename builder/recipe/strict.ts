import { z } from 'zod';
import { RackhandError } from '../shared/errors.ts';
import { nearest } from '../shared/nearest.ts';
import { type ReadYaml, readYaml } from '../shared/yaml.ts';

export interface Parsed<T> {
  data: T;
  lineOf: ReadYaml['lineOf'];
}

/**
 * YAML against a strict schema; each fault with its line, an unknown key with the nearest known one.
 * @throws RackhandError recipe-invalid
 */
export function parseStrict<S extends z.ZodType>(text: string, file: string, schema: S): Parsed<z.output<S>> {
  const { value, lineOf } = readYaml(text, file, 'recipe-invalid');
  const result = schema.safeParse(value);
  if (result.success) return { data: result.data, lineOf };
  throw invalid(result.error.issues.flatMap((issue) => tell(issue)).join('\n'));

  function tell(issue: z.core.$ZodIssue): string[] {
    if (issue.code === 'invalid_union') {
      // Of the forms that would do, the nearest one is what the writer meant: it knows the most keys that stand there.
      const strangers = (form: readonly z.core.$ZodIssue[]) =>
        form.reduce((sum, one) => sum + (one.code === 'unrecognized_keys' ? one.keys.length : 0), 0);
      const [nearestForm] = [...issue.errors].sort(
        (a, b) => strangers(a) - strangers(b) || a.length - b.length,
      );
      return (nearestForm ?? []).flatMap((inner) => tell({ ...inner, path: [...issue.path, ...inner.path] }));
    }
    if (issue.code !== 'unrecognized_keys') {
      const where = issue.path.map(String).join('.') || 'top level';
      return [`${file}:${lineOf(issue.path)}: ${where}: ${issue.message}`];
    }
    const known = keysAt(schema, issue.path);
    return issue.keys.map((key) => {
      const near = nearest(key, known, 1)[0];
      const hint = near ? `; did you mean "${near}"?` : `; known keys: ${known.join(', ')}`;
      return `${file}:${lineOf([...issue.path, key])}: unknown key "${[...issue.path, key].map(String).join('.')}"${hint}`;
    });
  }
}

export function invalid(what: string): RackhandError {
  return new RackhandError('recipe-invalid', what, 'correct the lines named above');
}

/** Names that the schema knows at a path of the document. */
function keysAt(schema: z.ZodType, path: PropertyKey[]): string[] {
  let at: z.ZodType = schema;
  for (const step of path) {
    at = bare(at);
    if (at instanceof z.ZodObject) at = at.shape[String(step)] as z.ZodType;
    else if (at instanceof z.ZodArray) at = at.element as z.ZodType;
    else return [];
  }
  at = bare(at);
  const forms = at instanceof z.ZodUnion ? (at.options as z.ZodType[]) : [at];
  return forms.flatMap((form) => (form instanceof z.ZodObject ? Object.keys(form.shape) : []));
}

function bare(schema: z.ZodType): z.ZodType {
  let at = schema;
  while (at instanceof z.ZodOptional || at instanceof z.ZodDefault) at = at.unwrap() as z.ZodType;
  return at;
}
