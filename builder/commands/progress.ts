import { Listr, type ListrTaskWrapper } from 'listr2';
import type { Progress } from '../stopwatch.ts';

/**
 * Runs `make` with its progress on the terminal, or as lines where there is none.
 * @param aside lines on standard error: standard output is for the result alone
 */
export async function withProgress<T>(
  title: string,
  make: (progress: Progress) => Promise<T>,
  aside = false,
): Promise<T> {
  if (aside) return make(plainProgress((line) => process.stderr.write(line)));
  return process.stdout.isTTY ? onTerminal(title, make) : make(plainProgress());
}

/** One spinner whose text is the stage and its last message. */
async function onTerminal<T>(title: string, make: (progress: Progress) => Promise<T>): Promise<T> {
  let result: T | undefined;
  const task = async (_: unknown, task: ListrTaskWrapper<unknown, never, never>) => {
    result = await make(({ stage, message, fraction }) => {
      const percent = fraction === undefined ? '' : ` ${Math.round(fraction * 100)}%`;
      task.title = `${title}: ${stage}${percent}`;
      task.output = message;
    });
  };
  const tasks = new Listr([{ title, task: task as never }], { registerSignalListeners: false });
  await tasks.run();
  return result!;
}

/** "12.3s stage: message"; within a stage at most one line a second. */
export function plainProgress(
  write: (line: string) => unknown = (line) => process.stdout.write(line),
): Progress {
  const started = performance.now();
  let last = { stage: '', at: 0 };
  return ({ stage, message }) => {
    const now = performance.now();
    if (stage === last.stage && now - last.at < 1000 && !message.startsWith('done in')) return;
    last = { stage, at: now };
    write(`${((now - started) / 1000).toFixed(1).padStart(7)}s ${stage}: ${message}\n`);
  };
}
