import { join, resolve } from 'node:path';
import type { Manifest } from '../contract/manifest.ts';
import { RackhandError } from '../shared/errors.ts';
import { startDaemon } from '../shared/process/daemon.ts';
import type { Progress } from '../stopwatch.ts';
import { assertNamespaces, namespaceArguments } from './namespaces.ts';
import type { BuildRequest, FromWorker, ToWorker } from './protocol.ts';

export interface BuildOptions extends BuildRequest {
  signal?: AbortSignal;
  progress: Progress;
}

/** How long a cancelled build may take to clean up (milliseconds). */
const GRACE_MS = 20_000;

/**
 * Recipe → image in the catalog, made by a process with a mount namespace of its own: whatever ends the build, no
 * mount is left, and nothing but the cache and, if it was finished, the image.
 * @throws RackhandError with the stage's code; no-space and cancelled from any stage
 */
export async function build(options: BuildOptions): Promise<Manifest> {
  const { signal, progress, ...given } = options;
  if (signal?.aborted) throw cancelled();
  const request = {
    ...given,
    recipe: resolve(given.recipe),
    catalog: resolve(given.catalog),
    cache: resolve(given.cache),
  };
  await assertNamespaces();
  const program = join(import.meta.dirname, 'main.ts');
  const argv = [...namespaceArguments(), process.execPath, '--disable-warning=ExperimentalWarning', program];
  const worker = startDaemon(argv, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env: settings() });
  const tell = (message: ToWorker) => worker.child.connected && worker.child.send(message);
  const stop = () => {
    tell({ type: 'cancel' });
    setTimeout(() => void worker.stop(1000), GRACE_MS).unref();
  };
  signal?.addEventListener('abort', stop, { once: true });
  try {
    return await new Promise<Manifest>((resolve, reject) => {
      worker.child.on('message', (message: FromWorker) => {
        if (message.type === 'ready') tell({ type: 'build', request });
        else if (message.type === 'progress') progress(message.event);
        else if (message.type === 'done') resolve(message.manifest);
        else reject(new RackhandError(message.code, message.message, message.mend));
      });
      void worker.exited.then(({ code, signal: by }) => {
        const how = by ? `signal ${by}` : `exit code ${code}`;
        const mend = 'run the command again; what is built is reused';
        reject(new RackhandError('build-ended', `the build's process ended with ${how}`, mend));
      });
    });
  } finally {
    signal?.removeEventListener('abort', stop);
    tell({ type: 'end' });
    await worker.exited;
  }
}

export function cancelled(cause?: unknown): RackhandError {
  return new RackhandError(
    'cancelled',
    'the build was cancelled',
    'run the command again; the cache is kept',
    {
      cause,
    },
  );
}

/** Ways to the network, and where this program's own settings may be; nothing else reaches the build. */
function settings(): Record<string, string> {
  const names = /^(https?_proxy|no_proxy|RACKHAND_.*|TMPDIR|SSL_CERT_FILE|NODE_EXTRA_CA_CERTS)$/i;
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => names.test(entry[0])),
  );
}
