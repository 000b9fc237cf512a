import { Listr, type ListrTaskWrapper } from 'listr2';
import type { Progress } from '../stopwatch.ts';
import { plainLines } from './progress-lines.ts';
import { progressScreen } from './progress-screen.ts';
import { eventLine } from './progress-text.ts';

/** How often what is left is counted down, and silence is looked for. */
const TICK_MS = 1000;

/**
 * Runs `make` with its progress on the terminal, or as lines where there is none.
 * @param events as lines of JSON on standard error: standard output is for the result alone
 */
export async function withProgress<T>(
  title: string,
  make: (progress: Progress) => Promise<T>,
  events = false,
): Promise<T> {
  if (events) return make((event) => void process.stderr.write(eventLine(event)));
  return process.stdout.isTTY ? onTerminal(title, make) : inLines(make);
}

/** One spinner, whose text is how far the build is, over what is done and what runs. */
async function onTerminal<T>(title: string, make: (progress: Progress) => Promise<T>): Promise<T> {
  const screen = progressScreen(title, () => performance.now());
  let result: T | undefined;
  const task = async (_: unknown, task: ListrTaskWrapper<unknown, never, never>) => {
    const show = () => {
      task.title = screen.title();
      task.output = screen.lines().join('\n');
    };
    const timer = setInterval(show, TICK_MS);
    try {
      result = await make((event) => {
        screen.take(event);
        show();
      });
    } finally {
      clearInterval(timer);
      task.output = screen.notes().join('\n');
    }
  };
  const rendererOptions = { formatOutput: 'truncate' as const };
  const tasks = new Listr([{ title, task: task as never, rendererOptions: { persistentOutput: true } }], {
    ...{ registerSignalListeners: false, rendererOptions },
  });
  await tasks.run();
  return result!;
}

async function inLines<T>(make: (progress: Progress) => Promise<T>): Promise<T> {
  const lines = plainLines(
    (line) => process.stdout.write(line),
    () => performance.now(),
  );
  const timer = setInterval(lines.wait, TICK_MS);
  try {
    return await make(lines.progress);
  } finally {
    clearInterval(timer);
  }
}
