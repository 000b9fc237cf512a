import { RackhandError } from '../shared/errors.ts';
import { run } from '../shared/process/run.ts';

/**
 * Prefix that gives the build its own mount namespace, and ends it with the process that started it. As an
 * ordinary user a user namespace comes first, in which the build is root over the ids of /etc/subuid.
 * setpriv comes last: entering a user namespace forgets a death signal (prctl(2)).
 */
export function namespaceArguments(uid = process.getuid?.()): string[] {
  const user = uid === 0 ? [] : ['--user', '--map-auto', '--map-root-user'];
  const unshare = ['unshare', ...user, '--mount', '--propagation', 'private', '--'];
  return [...unshare, 'setpriv', '--pdeathsig', 'KILL', '--'];
}

/** @throws RackhandError not-root where an ordinary user cannot have a namespace with ids of its own */
export async function assertNamespaces(uid = process.getuid?.()): Promise<void> {
  try {
    await run([...namespaceArguments(uid), 'true'], { need: 'unshare and setpriv are in util-linux' });
  } catch (cause) {
    if (!(cause instanceof RackhandError) || cause.code !== 'command-failed') throw cause;
    const why = cause.message.split('\n').at(-1)?.trim();
    throw uid === 0
      ? new RackhandError(
          'no-namespace',
          `this root may not make a mount namespace: ${why}`,
          'run it on the machine itself, or in a container that allows it',
          { cause },
        )
      : new RackhandError(
          'not-root',
          `packages set owners, and this account cannot have a user namespace with ids of its own: ${why}`,
          'install uidmap and give the account 65536 ids in /etc/subuid and /etc/subgid, or run it with sudo',
          { cause },
        );
  }
}
