import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Daemon, startDaemon } from '../../../builder/shared/process/daemon.ts';
import type { Link } from '../../pxe-server/net/namespaces.ts';
import type { Machine } from './machine.ts';
import { LIBRARY, PROGRAMS, SHELLS } from './shell.ts';

/** The agent on a machine of fixtures, in the client's namespace of a link. */
export function startAgent(
  link: Link,
  machine: Machine,
  shell: string[] = SHELLS[0]![1],
  more: Record<string, string> = {},
): Daemon {
  const argv = ['ip', 'netns', 'exec', link.client.name, ...shell, join(PROGRAMS, 'agent')];
  return startDaemon(argv, {
    env: { ...environment(machine), ...more },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

export function environment(machine: Machine): Record<string, string> {
  return {
    RACKHAND_ROOT: machine.root,
    RACKHAND_LIB: LIBRARY,
    RACKHAND_BACKOFF_FIRST_MS: '100',
    RACKHAND_BACKOFF_CAP_MS: '400',
  };
}

/** Looks until something is there; an error names what did not come. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  timeout = 60_000,
): Promise<T> {
  const deadline = Date.now() + timeout;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`did not come within ${timeout / 1000} s: ${what}`);
    await wait(50);
  }
}

/** The first line of the kernel log that holds the text. */
export function untilSaid(machine: Machine, text: string, timeout?: number): Promise<string> {
  return until(text, async () => (await machine.said()).find((line) => line.includes(text)), timeout);
}
