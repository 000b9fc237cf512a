import nunjucks from 'nunjucks';
import { RackhandError } from '../../builder/shared/errors.ts';
import { findUndefined } from './template-symbols.ts';

/** Value of a template variable: plain data only. */
export type TemplateValue =
  | string
  | number
  | boolean
  | null
  | TemplateValue[]
  | { [key: string]: TemplateValue };

/**
 * Templates are data. nunjucks is no sandbox, so: names come from a map and never reach the file system,
 * every symbol must be in the context (throwOnUndefined alone misses `if`, `for` and call arguments), and
 * member access to anything that leads to code is refused before rendering.
 */
export class Templates {
  readonly #texts: ReadonlyMap<string, string>;
  readonly #environment: nunjucks.Environment;

  constructor(texts: ReadonlyMap<string, string>) {
    this.#texts = texts;
    const loader = {
      getSource: (name: string) => {
        const src = texts.get(name);
        if (src === undefined)
          throw new RackhandError('template-absent', `no template ${name}`, this.#known());
        return { src, path: name, noCache: false };
      },
    };
    this.#environment = new nunjucks.Environment(loader as nunjucks.ILoader, {
      autoescape: false,
      throwOnUndefined: true,
      trimBlocks: true,
      lstripBlocks: true,
    });
    this.#environment.addFilter('shell', shellQuote);
    this.#environment.addFilter('line', oneLine);
  }

  names(): string[] {
    return [...this.#texts.keys()].sort();
  }

  /** Tries every template with a context like those to come. @throws RackhandError as render */
  check(example: Record<string, TemplateValue>): void {
    for (const name of this.names()) this.render(name, example);
  }

  /** @throws RackhandError template-absent | template-undefined | template-refused | template-failed */
  render(name: string, context: Record<string, TemplateValue>): string {
    if (!this.#texts.has(name)) {
      throw new RackhandError('template-absent', `no template ${name}`, this.#known());
    }
    for (const [file, text] of this.#reachable(name)) {
      const missing = findUndefined(text, file, context);
      if (missing) throw missing;
    }
    try {
      return this.#environment.render(name, plainContext(context));
    } catch (error) {
      if (error instanceof RackhandError) throw error;
      const what = error instanceof Error ? error.message : String(error);
      throw new RackhandError('template-failed', `template ${name}: ${what}`, 'correct the template');
    }
  }

  /** The template and all that it includes or extends by a literal name. */
  #reachable(name: string): Map<string, string> {
    const found = new Map<string, string>();
    const queue = [name];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      if (found.has(next)) continue;
      const text = this.#texts.get(next);
      if (text === undefined)
        throw new RackhandError('template-absent', `no template ${next}`, this.#known());
      found.set(next, text);
      for (const match of text.matchAll(/\{%-?\s*(?:include|extends|import|from)\s+["']([^"']+)["']/g)) {
        queue.push(match[1]!);
      }
    }
    return found;
  }

  #known(): string {
    return `known templates: ${this.names().join(', ') || 'none'}`;
  }
}

/** For one word of a POSIX shell or of a kickstart line; a line break has no safe form there. */
export function shellQuote(value: unknown): string {
  return `'${oneLine(value).replaceAll("'", `'\\''`)}'`;
}

export function oneLine(value: unknown): string {
  const text = String(value);
  if (/[\0-\x1f\x7f]/.test(text)) {
    throw new RackhandError(
      'template-failed',
      'a value holds a line break or control character',
      'correct the host',
    );
  }
  return text;
}

/** Objects without prototype, so that only own data can be reached. */
function plainContext(value: Record<string, TemplateValue>): object {
  const copy = (item: TemplateValue): TemplateValue => {
    if (Array.isArray(item)) return item.map(copy);
    if (item === null || typeof item !== 'object') return item;
    return Object.assign(
      Object.create(null) as Record<string, TemplateValue>,
      Object.fromEntries(Object.entries(item).map(([k, v]) => [k, copy(v)])),
    );
  };
  return copy(value) as object;
}
