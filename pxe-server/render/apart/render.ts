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
export function renderWithSite(templates: Templates, site: ReadonlySet<string>): Render {
  const gate = new Gate(AT_ONCE);
  return (name, context) => {
    const reached = templates.reached(name);
    if (![...reached].some((one) => site.has(one))) return templates.render(name, context);
    const texts = Object.fromEntries([...reached].map((one) => [one, templates.text(one)!]));
    return gate.pass(() => renderApart({ texts, name, context }));
  };
}

/**
 * Renders checked texts in a process of their own.
 * @throws RackhandError template-… as rendering here would; template-endless when it takes too long or too much;
 *   tool-missing
 */
export async function renderApart(order: Order): Promise<string> {
  const { name } = order;
  let answer: Answer;
  try {
    const { stdout } = await run(apartArguments(program()), {
      ...{ input: JSON.stringify(order), timeout: WALL_MS, maxOutput: MOST_OUTPUT },
      need: 'renders templates of the site without rights (packages bubblewrap and util-linux)',
    });
    answer = JSON.parse(stdout) as Answer;
  } catch (cause) {
    if (cause instanceof RackhandError && cause.code === 'tool-missing') throw cause;
    const what = `template ${name}: its process was ended, or gave no answer`;
    throw new RackhandError('template-endless', what, 'look for a loop that makes too much', { cause });
  }
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
