import { once } from 'node:events';
import { RackhandError } from '../../builder/shared/errors.ts';

/** Aborts when a person stops the command; what is under way ends with that reason, and cleans up. */
export function stopOnSignals(): AbortSignal {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!stopping.signal.aborted) process.stderr.write('\nstopping; cleaning up\n');
      stopping.abort(
        new RackhandError(
          'cancelled',
          'stopped; nothing is left running',
          'run it again: what is built is reused',
        ),
      );
    });
  }
  return stopping.signal;
}

/** Resolves when a person has stopped the command, at once when that was before. */
export async function untilStopped(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
