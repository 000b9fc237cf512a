import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RackhandError } from '../../../builder/shared/errors.ts';
import { run } from '../../../builder/shared/process/run.ts';
import type { Render } from '../kickstart.ts';
import type { Templates } from '../template.ts';
import { apartArguments, type Program } from './arguments.ts';
import type { Answer, Order } from './messages.ts';

/** Milliseconds until a template that does not end is ended. */
const WALL_MS = 20_000;
/** Bytes of an answer: a kickstart is a hundredth of it. */
const MOST_OUTPUT = 4 << 20;
/** Processes at once; a rack that is installed at once waits in turn. */
const AT_ONCE = 2;

/**
 * Shipped templates are rendered here; those that the site wrote, or that include what it wrote, in a process without
 * rights.
 * @param site names of the site's templates
 */
export function renderWithSite(templates: Templates, site: ReadonlySet<string>, gate = renderGate()): Render {
  return (name, context) => {
    if (!isOfSite(templates, site, name)) return templates.render(name, context);
    return gate.pass(() => renderApart({ texts: textsOf(templates, name), name, context }));
  };
}

/**
 * As renderWithSite, with one process for all contexts of a template that are asked for at once. The template sees no
 * more than one context at a time, but who wrote it may find a way: for texts that nobody gets to see.
 */
export function renderTogether(templates: Templates, site: ReadonlySet<string>, gate = renderGate()): Render {
  const asked = new Map<string, { context: Context; settle: (answer: Answer | Promise<never>) => void }[]>();
  const send = async (name: string) => {
    const waiting = asked.get(name)!;
    asked.delete(name);
    const contexts = waiting.map(({ context }) => context);
    const texts = textsOf(templates, name);
    const answers = gate.pass(() => renderAllApart({ texts, name, contexts }));
    for (const [i, { settle }] of waiting.entries()) settle(answers.then((all) => all[i]!) as Promise<never>);
  };
  return (name, context) => {
    if (!isOfSite(templates, site, name)) return templates.render(name, context);
    if (!asked.has(name)) {
      asked.set(name, []);
      setImmediate(() => void send(name));
    }
    return new Promise<Answer>((settle) => asked.get(name)!.push({ context, settle })).then(textOf);
  };
}

type Context = Order['contexts'][number];

function isOfSite(templates: Templates, site: ReadonlySet<string>, name: string): boolean {
  return [...templates.reached(name)].some((one) => site.has(one));
}

function textsOf(templates: Templates, name: string): Record<string, string> {
  return Object.fromEntries([...templates.reached(name)].map((one) => [one, templates.text(one)!]));
}

/**
 * Renders checked texts in a process of their own.
 * @throws RackhandError template-… as rendering here would; template-endless when it takes too long or too much;
 *   tool-missing
 */
export async function renderApart({
  context,
  ...order
}: Omit<Order, 'contexts'> & { context: Context }): Promise<string> {
  return textOf((await renderAllApart({ ...order, contexts: [context] }))[0]!);
}

/** One answer for each context, in their order. @throws RackhandError template-endless | tool-missing */
async function renderAllApart(order: Order): Promise<Answer[]> {
  try {
    const { stdout } = await run(apartArguments(program()), {
      ...{ input: JSON.stringify(order), timeout: WALL_MS, maxOutput: MOST_OUTPUT },
      need: 'renders templates of the site without rights (packages bubblewrap and util-linux)',
    });
    const answers = JSON.parse(stdout) as Answer[];
    if (answers.length !== order.contexts.length)
      throw new TypeError('answers and contexts differ in number');
    return answers;
  } catch (cause) {
    if (cause instanceof RackhandError && cause.code === 'tool-missing') throw cause;
    const what = `template ${order.name}: its process was ended, or gave no answer`;
    throw new RackhandError('template-endless', what, 'look for a loop that makes too much', { cause });
  }
}

function textOf(answer: Answer): string {
  if ('text' in answer && typeof answer.text === 'string') return answer.text;
  const { code, message, mend } = (answer as Extract<Answer, { fault: object }>).fault;
  // It comes from where anybody's text ran.
  const known = /^template-[a-z]+$/.test(code) ? code : 'template-failed';
  throw new RackhandError(known, String(message).slice(0, 1000), String(mend).slice(0, 1000));
}

/** The parts of the sandbox as they are installed here. */
export function program(): Program {
  const nunjucks = dirname(fileURLToPath(import.meta.resolve('nunjucks/package.json')));
  return {
    node: process.execPath,
    project: join(import.meta.dirname, '../../..'),
    packages: dirname(nunjucks),
  };
}

/** For all that is rendered in one role, however often its templates change. */
export function renderGate(): Gate {
  return new Gate(AT_ONCE);
}

/** Lets a few in, and the others wait in turn. */
class Gate {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(free: number) {
    this.#free = free;
  }

  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((go) => this.#waiting.push(go));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
