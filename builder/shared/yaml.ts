import { type Document, isMap, isSeq, LineCounter, parseDocument, visit } from 'yaml';
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
  const { value, lineOf } = readYaml(text, file, code);
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const told = result.error.issues.map((issue) => {
    const path = [...issue.path, ...(issue.code === 'unrecognized_keys' ? [issue.keys[0]!] : [])];
    return `${file}:${lineOf(path)}: ${issue.path.join('.') || 'top level'}: ${issue.message}`;
  });
  throw new RackhandError(code, told.join('\n'), 'correct the lines named above');
}

export interface ReadYaml {
  value: unknown;
  /** Line of the deepest key or list entry on the path that exists. */
  lineOf: (path: PropertyKey[]) => number;
}

/**
 * YAML without a schema, for those who tell its faults in their own way.
 * @throws RackhandError with the given code for what is no YAML, and for aliases that cannot be resolved
 */
export function readYaml(text: string, file: string, code: string): ReadYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const at = (offset: number) => `${file}:${lines.linePos(offset).line}`;
  const fault = document.errors[0];
  if (fault) {
    const what = `${at(fault.pos[0])}: ${fault.message.split('\n')[0]}`;
    throw new RackhandError(code, what, 'correct the YAML syntax');
  }
  return { value: toValue(document, file, at, code), lineOf };

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
function toValue(
  document: Document.Parsed,
  file: string,
  at: (offset: number) => string,
  code: string,
): unknown {
  const mend = 'write the value itself in place of the alias';
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document)) return;
      const what = `${at(alias.range?.[0] ?? 0)}: the alias *${alias.source} has no anchor before it`;
      throw new RackhandError(code, what, mend);
    },
  });
  try {
    return document.toJS({ maxAliasCount: 50 });
  } catch (cause) {
    throw new RackhandError(code, `${file}: ${(cause as Error).message}`, mend, { cause });
  }
}
