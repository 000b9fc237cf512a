import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrialRun } from '../contract/trial.ts';
import { errno, RackhandError } from '../shared/errors.ts';
import { startDaemon } from '../shared/process/daemon.ts';
import { run } from '../shared/process/run.ts';
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

/** Prefix that makes an ordinary user root over the ids of /etc/subuid; nothing for root. */
function asRoot(uid = process.getuid?.()): string[] {
  return uid === 0 ? [] : ['unshare', '--user', '--map-auto', '--map-root-user', '--'];
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
  const trial = startDaemon(argv, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const tell = (message: ToTrial) => trial.child.connected && trial.child.send(message);
  const stop = () => {
    tell({ type: 'cancel' });
    setTimeout(() => void trial.stop(1000), GRACE_MS).unref();
  };
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      trial.child.on('message', (message: FromTrial) => {
        if (message.type === 'ready') tell({ type: 'try', request });
        else if (message.type === 'line') on.line(message.text);
        else if (message.type === 'run') on.run(message.run);
        else if (message.type === 'done') resolve();
        else if (message.type === 'failed')
          reject(new RackhandError(message.code, message.message, message.mend));
        else reject(Object.assign(new Error(message.stack.split('\n')[0]), { stack: message.stack }));
      });
      void trial.exited.then(({ code, signal: by }) => {
        const how = by ? `signal ${by}` : `exit code ${code}`;
        reject(new RackhandError('trial-ended', `the test's process ended with ${how}`, 'run it again'));
      });
    });
  } finally {
    signal?.removeEventListener('abort', stop);
    if (trial.child.connected) trial.child.disconnect();
    await trial.stop(GRACE_MS);
  }
}

const ROOT_MEND = 'run it on the machine itself, or in a container that allows it';
const ORDINARY_MEND =
  'install uidmap and give the account 65536 ids in /etc/subuid and /etc/subgid, or run it with sudo';

async function assertNamespaces(): Promise<void> {
  try {
    await run([...namespaced(), 'true'], { need: 'unshare and setpriv are in util-linux' });
  } catch (cause) {
    if (!(cause instanceof RackhandError) || cause.code !== 'command-failed') throw cause;
    const why = cause.message.split('\n').at(-1)?.trim();
    const what = `this account may not have a network and mounts of its own, which the machines need: ${why}`;
    throw new RackhandError('trial-namespace', what, process.getuid?.() === 0 ? ROOT_MEND : ORDINARY_MEND, {
      cause,
    });
  }
}
