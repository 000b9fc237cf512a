/** Where chrony.conf lies: Debian has a folder of its own. */
export const CHRONY_PATHS = ['etc/chrony/chrony.conf', 'etc/chrony.conf'] as const;

/**
 * chrony.conf(5): the recipe's servers, or else those of the distribution's file; what DHCP names (option 42, RFC
 * 2132 8.3) is written to /run/chrony-dhcp by chrony's own hook of NetworkManager
 * (20-chrony-dhcp). Client only: no port is open.
 */
export function chronySettings(servers: readonly string[], distribution: string): string[] {
  const own = servers.map((server) => `server ${server} iburst`);
  const theirs = distribution.split('\n').filter((line) => /^(server|pool|peer)\s/.test(line));
  return [
    ...(own.length > 0 ? own : theirs),
    'sourcedir /run/chrony-dhcp',
    'driftfile /var/lib/chrony/drift',
    '# A machine whose clock was never set: the first three answers may step it.',
    'makestep 1.0 3',
    'rtcsync',
    'leapsectz right/UTC',
    'port 0',
    'cmdport 0',
  ];
}
