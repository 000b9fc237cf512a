import { type Document, isMap, isSeq, LineCounter, parseDocument } from 'yaml';
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
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const fault = document.errors[0];
  if (fault) {
    const { line } = lines.linePos(fault.pos[0]);
    throw new RackhandError(
      code,
      `${file}:${line}: ${fault.message.split('\n')[0]}`,
      'correct the YAML syntax',
    );
  }
  const result = schema.safeParse(toValue(document, file, code));
  if (result.success) return result.data;
  const told = result.error.issues.map((issue) => {
    const path = [...issue.path, ...(issue.code === 'unrecognized_keys' ? [issue.keys[0]!] : [])];
    return `${file}:${lineOf(path)}: ${issue.path.join('.') || 'top level'}: ${issue.message}`;
  });
  throw new RackhandError(code, told.join('\n'), 'correct the lines named above');

  /** Line of the deepest key or list entry on the path that exists. */
  function lineOf(path: PropertyKey[]): number {
    for (let depth = path.length; depth > 0; depth--) {
      const parent = depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1), true);
      const step = path[depth - 1];
      const node = isMap(parent)
        ? parent.items.find((pair) => String(pair.key) === String(step))?.key
        : isSeq(parent)
          ? parent.items[Number(step)]
          : undefined;
      const range = (node as { range?: [number, number, number] } | undefined)?.range;
      if (range) return lines.linePos(range[0]).line;
    }
    return 1;
  }
}

/** An alias without its anchor, or aliases of aliases of aliases, show only now. */
function toValue(document: Document, file: string, code: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 50 });
  } catch (cause) {
    const what = `${file}: ${(cause as Error).message}`;
    throw new RackhandError(code, what, 'write the value itself in place of the alias', { cause });
  }
}
