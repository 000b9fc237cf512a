import { errno, RackhandError } from './shared/errors.ts';
import { noSpace, SPACE_FAULT } from './shared/space.ts';
import { cancelled } from './worker/start.ts';

/** What a person is told when a build ends early: cancelled, no space, or the error as it is. */
export function explained(
  error: unknown,
  { signal, cache, catalog }: { signal: AbortSignal; cache: string; catalog: string },
): unknown {
  if (signal.aborted) return cancelled(error);
  const text = error instanceof Error ? error.message : String(error);
  const full =
    errno(error) === 'ENOSPC' ||
    (error instanceof RackhandError && error.code === 'command-failed' && SPACE_FAULT.test(text));
  if (!full) return error;
  const line = text.split('\n').find((l) => SPACE_FAULT.test(l)) ?? text;
  return noSpace(`${cache} or ${catalog}`, line.trim(), error);
}
