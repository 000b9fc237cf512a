import { RackhandError } from '../../builder/shared/errors.ts';
import { checkTemplate } from './template/check.ts';
import { type Shape, shapeOfValue, type TemplateValue } from './template/shape.ts';
import { renderStrictly } from './template/strict.ts';

export { shellQuote } from './template/filters.ts';
export type { TemplateValue } from './template/shape.ts';

/** What all templates of a kind may use. */
export type ContextShape = Extract<Shape, { is: 'record' }>;

/**
 * Templates are data. nunjucks is no sandbox, so: names come from a map and never reach the file system, the whole
 * text is compared with the shape of the context before it is rendered, and what is rendered can look up own members
 * of plain data and nothing else.
 */
export class Templates {
  readonly #texts: ReadonlyMap<string, string>;
  readonly #shape: ContextShape | undefined;
  /** Templates that were found good, with those that they include. */
  readonly #good = new Map<string, ReadonlySet<string>>();

  /** @param shape without it, each context says itself what there is */
  constructor(texts: ReadonlyMap<string, string>, shape?: ContextShape) {
    this.#texts = texts;
    this.#shape = shape;
  }

  names(): string[] {
    return [...this.#texts.keys()].sort();
  }

  /** The text of a template, as it was written. */
  text(name: string): string | undefined {
    return this.#texts.get(name);
  }

  /**
   * Compares every template with the shape of contexts, or with that of an example; snippets count with those that
   * include them, where they see more.
   * @throws RackhandError as render
   */
  check(example?: Record<string, TemplateValue>): void {
    const shape = example ? (shapeOfValue(example) as ContextShape) : this.#shape!;
    const included = new Set<string>();
    const whole = this.names().filter((name) => !name.startsWith('snippets/'));
    for (const name of whole) for (const one of checkTemplate(this.#texts, name, shape)) included.add(one);
    for (const name of this.names()) if (!included.has(name)) checkTemplate(this.#texts, name, shape);
  }

  /** All that a template includes or extends, and itself. @throws RackhandError as render */
  reached(name: string, context: Record<string, TemplateValue> = {}): ReadonlySet<string> {
    const good = this.#good.get(name);
    if (good) return good;
    if (!this.#texts.has(name)) throw this.#absent(name);
    const reached = checkTemplate(this.#texts, name, this.#shape ?? (shapeOfValue(context) as ContextShape));
    if (this.#shape) this.#good.set(name, reached);
    return reached;
  }

  /**
   * @throws RackhandError template-absent | template-syntax | template-undefined | template-refused |
   *   template-unquoted | template-failed, naming template and line
   */
  render(name: string, context: Record<string, TemplateValue>): string {
    this.reached(name, context);
    return renderStrictly(this.#texts, name, context);
  }

  #absent(name: string): RackhandError {
    const known = `known templates: ${this.names().join(', ') || 'none'}`;
    return new RackhandError('template-absent', `no template ${name}`, known);
  }
}
