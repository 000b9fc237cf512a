import nunjucks from 'nunjucks';
import { TemplateFault, templateError } from './fault.ts';
import { FILTERS } from './filters.ts';
import type { TemplateValue } from './shape.ts';

type Emit = (code: string) => void;
interface CompilerNode {
  lineno: number;
  value: unknown;
  name: CompilerNode;
  target: CompilerNode;
  val: CompilerNode;
  args: CompilerNode;
}
interface Frame {
  lookup(name: string): unknown;
}
interface BaseCompiler {
  _emit: Emit;
  _compileExpression(node: CompilerNode, frame: Frame): void;
  _compileAggregate(node: CompilerNode, frame: Frame): void;
  compile(tree: unknown): void;
  getCode(): string;
}
type Root = (env: unknown, context: unknown, frame: unknown, runtime: unknown, done: unknown) => unknown;
const internals = nunjucks as unknown as {
  compiler: { Compiler: new (name: string, throwOnUndefined: boolean) => BaseCompiler };
  parser: { parse(text: string, extensions: unknown[], options: object): unknown };
  runtime: Record<string, unknown>;
};

/** What templates are written in: blocks leave no blank lines. */
const LAYOUT = { trimBlocks: true, lstripBlocks: true };
/** Turns of a loop that a template may make up. */
const MOST_TURNS = 1000;

/** nunjucks' code, with lookups that know their line. */
class StrictCompiler extends internals.compiler.Compiler {
  compileSymbol(node: CompilerNode, frame: Frame): void {
    const made = frame.lookup(String(node.value));
    const code = made ? String(made) : `runtime.look(context, frame, ${JSON.stringify(node.value)})`;
    this._emit(`runtime.there(${code}, ${JSON.stringify(node.value)}, ${node.lineno + 1})`);
  }

  compileLookupVal(node: CompilerNode, frame: Frame): void {
    this._emit('runtime.member((');
    this._compileExpression(node.target, frame);
    this._emit('),');
    this._compileExpression(node.val, frame);
    this._emit(`, ${node.lineno + 1})`);
  }

  compileFilter(node: CompilerNode, frame: Frame): void {
    this._emit(`runtime.filter(${JSON.stringify(node.name.value)}, ${node.lineno + 1}, [`);
    this._compileAggregate(node.args, frame);
    this._emit('])');
  }
}

/** What compiled templates call; nothing is looked up but own members of plain data. */
const RUNTIME = Object.freeze({
  ...internals.runtime,
  look: (context: { ctx: object }, frame: Frame, name: string) => {
    const made = frame.lookup(name);
    if (made !== undefined) return made;
    if (Object.hasOwn(context.ctx, name)) return (context.ctx as Record<string, unknown>)[name];
    return name === 'range' ? range : undefined;
  },
  there: (value: unknown, name: string, line: number) => {
    if (value !== undefined) return value;
    throw new TemplateFault('template-undefined', `undefined variable ${name}`, 'set it in every case', line);
  },
  member: (target: unknown, name: unknown, line: number) => {
    if (target === null || target === undefined)
      throw new TemplateFault(
        'template-undefined',
        `member ${String(name)} of what this host does not have`,
        'declare it for the host, or ask by if before',
        line,
      );
    if (typeof target === 'object' && Object.hasOwn(target, name as string)) {
      const value = (target as Record<string, unknown>)[name as string];
      if (typeof value !== 'function') return value;
    }
    if (typeof target === 'string' && name === 'length') return target.length;
    throw new TemplateFault(
      'template-undefined',
      `undefined member ${String(name)}`,
      'correct the name',
      line,
    );
  },
  filter: (name: string, line: number, [value, ...args]: unknown[]) => {
    try {
      return FILTERS.get(name)!.apply(value, ...args);
    } catch (error) {
      if (error instanceof TemplateFault) error.lineno = line;
      throw error;
    }
  },
  fromIterator: (value: unknown) => {
    if (Array.isArray(value)) return value;
    throw new TemplateFault('template-undefined', 'for needs a list, and there is none', 'ask by if before');
  },
  ensureDefined: (value: unknown, line: number) => {
    if (['string', 'number', 'boolean'].includes(typeof value)) return value;
    const mend = 'ask by if before, or declare it for the host';
    throw new TemplateFault('template-undefined', 'there is no value to write here', mend, line + 1);
  },
});

function range(end: unknown): number[] {
  const turns = Number(end);
  if (Number.isInteger(turns) && turns >= 0 && turns <= MOST_TURNS)
    return Array.from({ length: turns }, (_, i) => i);
  throw new TemplateFault('template-failed', `range takes a number up to ${MOST_TURNS}`, 'loop over a list');
}

/**
 * Renders templates that were checked already: names come from `texts` alone.
 * @throws RackhandError template-undefined | template-failed, naming template and line
 */
export function renderStrictly(
  texts: ReadonlyMap<string, string>,
  name: string,
  context: Record<string, TemplateValue>,
): string {
  const loader = { getSource: (wanted: string) => source(texts, wanted) };
  const environment = new nunjucks.Environment(loader as unknown as nunjucks.ILoader, {
    ...{ autoescape: false, throwOnUndefined: true, ...LAYOUT },
    // Errors are handed on as they are thrown.
    dev: true,
  });
  const bare = environment as unknown as { globals: object; filters: object };
  bare.globals = Object.create(null) as object;
  bare.filters = Object.create(null) as object;
  try {
    return environment.render(name, plainContext(context));
  } catch (error) {
    throw templateError(error, name);
  }
}

function source(
  texts: ReadonlyMap<string, string>,
  name: string,
): { src: object; path: string; noCache: boolean } {
  const text = texts.get(name);
  if (text === undefined)
    throw new TemplateFault('template-absent', `no template ${name}`, 'correct the name');
  const compiler = new StrictCompiler(name, true);
  compiler.compile(internals.parser.parse(text, [], LAYOUT));
  const parts = new Function(compiler.getCode())() as Record<string, Root>;
  const strict = Object.fromEntries(
    Object.entries(parts).map(([part, root]) => [
      part,
      ((env, context, frame, _runtime, done) => root(env, context, frame, RUNTIME, done)) satisfies Root,
    ]),
  );
  return { src: { type: 'code', obj: strict }, path: name, noCache: false };
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
