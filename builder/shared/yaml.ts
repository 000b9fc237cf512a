import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { RackhandError } from './errors.ts';

/**
 * Parses YAML and checks it against a schema; every fault is named with file, line and path.
 * @throws RackhandError with the given code
 */
export function parseYaml<S extends z.ZodType>(
  text: string,
  file: string,
  schema: S,
  code: string,
): z.output<S> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, maxAliasCount: 50 } as never);
  const fault = document.errors[0];
  if (fault) {
    const { line } = lines.linePos(fault.pos[0]);
    throw new RackhandError(
      code,
      `${file}:${line}: ${fault.message.split('\n')[0]}`,
      'correct the YAML syntax',
    );
  }
  const result = schema.safeParse(document.toJS());
  if (result.success) return result.data;
  const told = result.error.issues.map((issue) => {
    const path = [...issue.path, ...(issue.code === 'unrecognized_keys' ? [issue.keys[0]!] : [])];
    return `${file}:${lineOf(path)}: ${issue.path.join('.') || 'top level'}: ${issue.message}`;
  });
  throw new RackhandError(code, told.join('\n'), 'correct the lines named above');

  /** Line of the deepest node on the path that exists. */
  function lineOf(path: PropertyKey[]): number {
    for (let depth = path.length; depth > 0; depth--) {
      const node = document.getIn(path.slice(0, depth), true) as
        | { range?: [number, number, number] }
        | undefined;
      if (node?.range) return lines.linePos(node.range[0]).line;
    }
    return 1;
  }
}
