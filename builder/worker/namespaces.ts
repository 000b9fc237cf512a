/**
 * Prefix that gives the build its own mount namespace, and ends it with the process that started it. As an
 * ordinary user a user namespace comes first, in which the build is root over the ids of /etc/subuid.
 */
export function namespaceArguments(uid = process.getuid?.()): string[] {
  const lifeline = ['setpriv', '--pdeathsig', 'KILL', '--'];
  const user = uid === 0 ? [] : ['--user', '--map-auto', '--map-root-user'];
  return [...lifeline, 'unshare', ...user, '--mount', '--propagation', 'private', '--'];
}
