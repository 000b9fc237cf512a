import {
  any,
  type CommandRow,
  FROM_EL9,
  flag,
  flags,
  integer,
  list,
  ONLY_EL8,
  ONLY_EL9,
  ONLY_EL10,
  one,
  optional,
  REQUIRED,
  text,
  texts,
  UNTIL_EL9,
} from './rows.ts';

const password = [
  flag('--iscrypted', { field: 'iscrypted', constant: true }),
  flag('--plaintext', { field: 'iscrypted', constant: false }),
  flag('--lock'),
];
const ending = flags('--eject', '--kexec');
const display = [flag('--non-interactive')];
const LEVELS = ['debug', 'info', 'warning', 'error', 'critical'];

/** The installed system, who may log in, and the installer itself. */
export const systemCommands: readonly CommandRow[] = [
  { name: 'auth', status: { el8: 'warned', el9: 'warned', el10: 'removed' }, foreign: true },
  { name: 'authconfig', status: { el8: 'warned', el9: 'warned', el10: 'removed' }, foreign: true },
  { name: 'authselect', foreign: true },
  { name: 'autostep', status: { el8: 'ignored', el9: 'ignored', el10: 'removed' } },
  {
    name: 'bootloader',
    options: [
      ...texts('--append', '--boot-drive', '--default', '--md5pass', '--password'),
      list('--driveorder'),
      text('--location', { choices: ['mbr', 'partition', 'none', 'boot'], default: 'mbr' }),
      integer('--timeout'),
      ...flags('--disabled', '--extlinux', '--iscrypted', '--leavebootorder', '--nombr'),
      flag('--sdboot', { in: ONLY_EL10 }),
      flag('--upgrade', { in: ONLY_EL8, deprecated: ONLY_EL8 }),
    ],
  },
  { name: 'cmdline', options: display },
  { name: 'device', status: { el8: 'ignored', el9: 'removed', el10: 'removed' } },
  { name: 'deviceprobe', status: { el8: 'ignored', el9: 'removed', el10: 'removed' } },
  { name: 'eula', options: [flag(['--agreed', '--agree', '--accepted', '--accept'])] },
  {
    name: 'firstboot',
    options: [
      flag(['--enable', '--enabled'], { field: 'firstboot', constant: 'enabled' }),
      flag(['--disable', '--disabled'], { field: 'firstboot', constant: 'disabled' }),
      flag('--reconfig', { field: 'firstboot', constant: 'reconfig' }),
    ],
  },
  { name: 'graphical', options: display },
  { name: 'group', identity: { fields: ['name'] }, options: [text('--name', REQUIRED), integer('--gid')] },
  { name: 'halt', options: ending },
  {
    name: 'keyboard',
    positionals: [any('layouts')],
    options: [text('--vckeymap'), list('--xlayouts'), list('--switch')],
  },
  { name: 'lang', positionals: [one('lang')], options: [list('--addsupport')] },
  {
    name: 'logging',
    options: [
      ...texts('--host', '--port'),
      text('--level', { in: ONLY_EL8, choices: LEVELS, default: 'info' }),
      text('--level', { in: ONLY_EL9, deprecated: ONLY_EL9, default: 'info' }),
    ],
  },
  { name: 'poweroff', options: ending },
  { name: 'reboot', options: ending },
  { name: 'rescue', options: flags('--nomount', '--romount') },
  {
    name: 'rootpw',
    positionals: [optional('password')],
    options: [...password, flag('--allow-ssh', { in: FROM_EL9 })],
  },
  {
    name: 'selinux',
    options: ['disabled', 'enforcing', 'permissive'].map((mode) =>
      flag(`--${mode}`, { field: 'mode', constant: mode }),
    ),
  },
  { name: 'services', options: [list('--enabled'), list('--disabled')] },
  { name: 'shutdown', options: ending },
  { name: 'skipx' },
  {
    name: 'sshkey',
    positionals: [one('key')],
    identity: { fields: ['username'] },
    options: [text('--username', REQUIRED)],
  },
  {
    name: 'sshpw',
    positionals: [any('password')],
    identity: { fields: ['username'] },
    options: [text('--username', REQUIRED), ...password, flag('--sshkey')],
  },
  {
    name: 'syspurpose',
    options: [...texts('--role', '--sla', '--usage'), text('--addon', { field: 'addons', repeat: true })],
  },
  { name: 'text', options: display },
  {
    name: 'timezone',
    positionals: [any('zones')],
    options: [
      flag('--utc'),
      flag('--isUtc', { field: 'utc', in: UNTIL_EL9, deprecated: ONLY_EL9 }),
      flag('--nontp', { in: UNTIL_EL9, deprecated: ONLY_EL9 }),
      list('--ntpservers', { in: UNTIL_EL9, deprecated: ONLY_EL9 }),
    ],
  },
  {
    name: 'user',
    identity: { fields: ['name'] },
    options: [
      text('--name', REQUIRED),
      ...texts('--password', '--homedir', '--shell', '--gecos'),
      list('--groups'),
      integer('--uid'),
      integer('--gid'),
      ...password,
    ],
  },
  { name: 'xconfig', options: [text('--defaultdesktop'), flag('--startxonboot')] },
  {
    name: 'zipl',
    options: [
      flag('--secure-boot', { field: 'secureBoot', constant: 'auto' }),
      flag('--force-secure-boot', { field: 'secureBoot', constant: 'enabled' }),
      flag('--no-secure-boot', { field: 'secureBoot', constant: 'disabled' }),
    ],
  },
];
