import {
  boolean,
  type CommandRow,
  flag,
  flags,
  kinded,
  list,
  ONLY_EL10,
  REQUIRED,
  text,
  texts,
  UNTIL_EL9,
} from './rows.ts';

const BOOT_PROTOCOLS = ['dhcp', 'bootp', 'static', 'query', 'ibft'];

/** Devices, the firewall, and how an installation is watched from elsewhere. */
export const networkCommands: readonly CommandRow[] = [
  {
    name: 'network',
    identity: { fields: ['device'] },
    options: [
      text('--bootproto', { choices: BOOT_PROTOCOLS, default: 'dhcp' }),
      ...texts('--device', '--hostname', '--ip', '--netmask', '--gateway', '--nameserver', '--mtu'),
      ...texts('--ipv6', '--ipv6gateway', '--ipv4-dns-search', '--ipv6-dns-search'),
      ...texts('--bondslaves', '--bondopts', '--bridgeslaves', '--bridgeopts'),
      ...texts('--vlanid', '--interfacename', '--dhcpclass', '--ethtool', '--essid', '--wepkey', '--wpakey'),
      kinded('team', '--teamslaves', { deprecated: ONLY_EL10 }),
      text('--teamconfig', { deprecated: ONLY_EL10 }),
      text('--bindto', { choices: ['mac'] }),
      boolean('--onboot', { default: true }),
      ...['--activate', '--no-activate'].map((name) =>
        flag(name, { field: 'activate', constant: name === '--activate' }),
      ),
      ...flags('--noipv4', '--noipv6', '--nodefroute', '--nodns', '--notksdevice'),
      ...flags('--ipv4-ignore-auto-dns', '--ipv6-ignore-auto-dns'),
    ],
  },
  {
    name: 'firewall',
    options: [
      flag(['--enabled', '--enable'], { field: 'enabled', constant: true, default: true }),
      flag(['--disabled', '--disable'], { field: 'enabled', constant: false }),
      ...['ssh', 'http', 'smtp', 'ftp'].map((service) =>
        flag(`--${service}`, { field: 'services', constant: service, repeat: true }),
      ),
      list('--service', { field: 'services', repeat: true }),
      list('--remove-service', { repeat: true }),
      kinded('ports', '--port', { field: 'ports', repeat: true }),
      text('--trust', { repeat: true }),
      flag('--use-system-defaults'),
    ],
  },
  {
    name: 'vnc',
    status: { el10: 'ignored' },
    options: texts('--host', '--port', '--password').map((row) => ({ ...row, in: UNTIL_EL9 })),
  },
  {
    name: 'rdp',
    status: { el8: 'absent', el9: 'absent' },
    options: texts('--username', '--password'),
  },
  {
    name: 'realm',
    foreign: true,
  },
  {
    name: 'timesource',
    status: { el8: 'absent' },
    options: [...texts('--ntp-server', '--ntp-pool'), ...flags('--ntp-disable', '--nts')],
  },
  {
    name: 'rhsm',
    options: [
      text('--organization', REQUIRED),
      text('--activation-key', { ...REQUIRED, repeat: true }),
      flag('--connect-to-insights'),
      ...texts('--proxy', '--rhsm-baseurl', '--server-hostname'),
      text('--flatpak-registry-url', { in: ONLY_EL10 }),
    ],
  },
];
