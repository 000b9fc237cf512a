import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrialRun } from '../contract/trial.ts';
import { errno, RackhandError } from '../shared/errors.ts';
import { run } from '../shared/process/run.ts';
import { mappedUser, namespacesRefused } from '../shared/process/user-namespace.ts';
import { work } from '../shared/process/worker.ts';
import type { FromTrial, ToTrial, TrialRequest } from './protocol.ts';

const GRACE_MS = 15_000;

/**
 * Network, mounts and processes of its own, over which it is root: whatever ends it, nothing of it is left. It ends
 * with the process that started it.
 */
function namespaced(): string[] {
  const own = [
    '--net',
    '--mount',
    '--propagation',
    'private',
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
  ];
  // Entering a user namespace forgets a death signal (prctl(2)).
  return [...asRoot(), 'setpriv', '--pdeathsig', 'KILL', '--', 'unshare', ...own, '--'];
}

/** Prefix that makes an ordinary user root; nothing for root. */
function asRoot(): string[] {
  const user = mappedUser();
  return user.length === 0 ? [] : ['unshare', ...user, '--'];
}

/** A folder of the machines': accounts of the service, which are not this one, have files in it. */
export async function removeWork(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true }).catch(async (cause) => {
    if (errno(cause) !== 'EACCES' && errno(cause) !== 'EPERM') throw cause;
    await run([...asRoot(), 'rm', '-rf', '--', folder]);
  });
}

/**
 * Boots the machines and hands on each run as it ends.
 * @throws RackhandError trial-namespace | trial-ended | cancelled, and what the trial itself throws
 */
export async function startTrial(
  request: TrialRequest,
  on: { line(text: string): void; run(run: TrialRun): void },
  signal?: AbortSignal,
): Promise<void> {
  await assertNamespaces();
  signal?.throwIfAborted();
  const program = join(import.meta.dirname, 'main.ts');
  const argv = [...namespaced(), process.execPath, '--disable-warning=ExperimentalWarning', program];
  await work<FromTrial, 'done'>({
    argv,
    order: { type: 'try', request } satisfies ToTrial,
    hear(news) {
      if (news.type === 'line') on.line(news.text);
      else if (news.type === 'run') on.run(news.run);
      return news.type === 'done' ? news.type : undefined;
    },
    endedEarly: (how) =>
      new RackhandError('trial-ended', `the test's process ended with ${how}`, 'run it again'),
    grace: GRACE_MS,
    end(trial) {
      if (trial.child.connected) trial.child.disconnect();
      return trial.stop(GRACE_MS);
    },
    signal,
  });
}

async function assertNamespaces(): Promise<void> {
  const refused = await namespacesRefused(namespaced());
  if (!refused) return;
  const { why, mend, cause } = refused;
  const what = `this account may not have a network and mounts of its own, which the machines need: ${why}`;
  throw new RackhandError('trial-namespace', what, mend, { cause });
}
