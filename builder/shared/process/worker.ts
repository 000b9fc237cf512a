import { RackhandError } from '../errors.ts';
import { type Daemon, startDaemon } from './daemon.ts';

/** What every process of ours that works for another one tells it, beside its own messages. */
export type WorkerNews =
  | { type: 'ready' }
  | { type: 'failed'; code: string; message: string; mend: string }
  /** What no mend is known for: a defect of ours. */
  | { type: 'broken'; stack: string };

export interface Work<News, Result> {
  /** Program and arguments; what they start speaks by Node's channel (process.send). */
  argv: readonly string[];
  env?: Record<string, string> | undefined;
  /** Sent once it is ready. */
  order: object;
  /** @returns the result, if that was the last message */
  hear(news: News): Result | undefined;
  /** What it means that the process ended before its result. */
  endedEarly(how: string): RackhandError;
  /** Milliseconds that a cancelled one may take to clean up. */
  grace: number;
  /** Lets it go, whatever came of it. */
  end(worker: Daemon): Promise<unknown>;
  signal?: AbortSignal | undefined;
}

/**
 * Has a process do a piece of work: its order, its news on the way, its result. Aborted, it is told { type: 'cancel' },
 * and stopped when it takes longer than its grace.
 * @throws what it failed with: RackhandError, or an Error with its stack for a defect
 */
export async function work<News extends { type: string }, Result>(
  asked: Work<News, Result>,
): Promise<Result> {
  const { signal } = asked;
  const worker = startDaemon(asked.argv, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    ...(asked.env ? { env: asked.env } : {}),
  });
  const stop = () => {
    tellWorker(worker, { type: 'cancel' });
    setTimeout(() => void worker.stop(1000), asked.grace).unref();
  };
  signal?.addEventListener('abort', stop, { once: true });
  try {
    return await new Promise<Result>((resolve, reject) => {
      worker.child.on('message', (message) => {
        const news = message as WorkerNews | News;
        if (isCommon(news)) {
          if (news.type === 'ready') tellWorker(worker, asked.order);
          else reject(errorOf(news));
          return;
        }
        const result = asked.hear(news);
        if (result !== undefined) resolve(result);
      });
      void worker.exited.then(({ code, signal: by }) =>
        reject(asked.endedEarly(by ? `signal ${by}` : `exit code ${code}`)),
      );
    });
  } finally {
    signal?.removeEventListener('abort', stop);
    await asked.end(worker);
  }
}

export function tellWorker(worker: Daemon, message: object): void {
  if (worker.child.connected) worker.child.send(message);
}

/** An error as the worker tells it. */
export function failureNews(error: unknown): Exclude<WorkerNews, { type: 'ready' }> {
  if (!(error instanceof RackhandError))
    return { type: 'broken', stack: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  const { code, message, mend } = error;
  return { type: 'failed', code, message, mend };
}

/** The worker's error as if it had been thrown here. */
function errorOf(news: ReturnType<typeof failureNews>): Error {
  if (news.type === 'failed') return new RackhandError(news.code, news.message, news.mend);
  return Object.assign(new Error(news.stack.split('\n')[0]), { stack: news.stack });
}

function isCommon(news: { type: string }): news is WorkerNews {
  return ['ready', 'failed', 'broken'].includes(news.type);
}
