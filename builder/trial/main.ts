import { RackhandError } from '../shared/errors.ts';
import { failureNews, type WorkerNews } from '../shared/process/worker.ts';
import type { FromTrial, ToTrial } from './protocol.ts';
import { tryImage } from './trial.ts';

/** The process that has the machines, alone in its network, mounts and processes. Started by start.ts. */
const tell = (message: FromTrial | WorkerNews) => void process.send?.(message);
const stopping = new AbortController();

process.on('message', (message: ToTrial) => {
  if (message.type === 'cancel') stopping.abort();
  else void work(message);
});
process.on('disconnect', () => process.exit(1));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());
tell({ type: 'ready' });

async function work({ request }: Extract<ToTrial, { type: 'try' }>): Promise<void> {
  try {
    await tryImage(request, {
      line: (text) => tell({ type: 'line', text }),
      run: (run) => tell({ type: 'run', run }),
      signal: stopping.signal,
    });
    tell({ type: 'done' });
  } catch (error) {
    if (stopping.signal.aborted && !(error instanceof RackhandError))
      tell(failureNews(new RackhandError('cancelled', 'the test was cancelled', 'run it again')));
    else tell(failureNews(error));
  }
}
