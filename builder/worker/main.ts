import { buildImage, lockImage, planImage } from '../build.ts';
import { failureNews, type WorkerNews } from '../shared/process/worker.ts';
import type { FromWorker, ToWorker } from './protocol.ts';

/** The build's own process: one request, progress on the way, one result. Started by start.ts. */
const tell = (message: FromWorker | WorkerNews) => void process.send?.(message);
const stopping = new AbortController();

// Folders of the image get their modes by it: whoever builds must not show in what is built.
process.umask(0o022);

process.on('message', (message: ToWorker) => {
  if (message.type === 'cancel') stopping.abort();
  else if (message.type === 'end') process.exit(0);
  else void run(message);
});
process.on('disconnect', () => {
  stopping.abort();
  setTimeout(() => process.exit(1), 5000).unref();
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());
tell({ type: 'ready' });

async function run({ request }: Extract<ToWorker, { type: 'build' }>): Promise<void> {
  try {
    const progress = (event: Extract<FromWorker, { type: 'progress' }>['event']) =>
      tell({ type: 'progress', event });
    const context = { ...request, signal: stopping.signal, progress };
    if (request.lockOnly) tell({ type: 'locked', lock: await lockImage(context) });
    else if (request.dryRun) tell({ type: 'planned', plan: await planImage(context) });
    else tell({ type: 'done', manifest: await buildImage(context) });
  } catch (error) {
    tell(failureNews(error));
  }
}
