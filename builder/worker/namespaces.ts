import { RackhandError } from '../shared/errors.ts';
import { mappedUser, namespacesRefused } from '../shared/process/user-namespace.ts';

/**
 * Prefix that gives the build its own mount namespace, and ends it with the process that started it. As an
 * ordinary user a user namespace comes first, in which the build is root over the ids of /etc/subuid.
 * setpriv comes last: entering a user namespace forgets a death signal (prctl(2)).
 */
export function namespaceArguments(uid = process.getuid?.()): string[] {
  const unshare = ['unshare', ...mappedUser(uid), '--mount', '--propagation', 'private', '--'];
  return [...unshare, 'setpriv', '--pdeathsig', 'KILL', '--'];
}

/** @throws RackhandError not-root where an ordinary user cannot have a namespace with ids of its own */
export async function assertNamespaces(uid = process.getuid?.()): Promise<void> {
  const refused = await namespacesRefused(namespaceArguments(uid), uid);
  if (!refused) return;
  const { why, mend, cause } = refused;
  const [code, what] =
    uid === 0
      ? ['no-namespace', 'this root may not make a mount namespace']
      : [
          'not-root',
          'packages set owners, and this account cannot have a user namespace with ids of its own',
        ];
  throw new RackhandError(code!, `${what}: ${why}`, mend, { cause });
}
