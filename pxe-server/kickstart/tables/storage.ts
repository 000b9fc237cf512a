import {
  any,
  type CommandRow,
  flag,
  flags,
  integer,
  kinded,
  list,
  ONLY_EL8,
  ONLY_EL10,
  type OptionRow,
  one,
  REQUIRED,
  text,
  texts,
} from './rows.ts';

const encryption: readonly OptionRow[] = [
  ...flags('--encrypted', '--backuppassphrase'),
  ...texts('--passphrase', '--escrowcert', '--cipher', '--luks-version', '--pbkdf'),
  ...['--pbkdf-memory', '--pbkdf-time', '--pbkdf-iterations'].map((name) => integer(name)),
];
const fileSystem: readonly OptionRow[] = [
  flag('--noformat'),
  ...texts('--fsoptions', '--fsprofile', '--label', '--mkfsoptions'),
];
const size: readonly OptionRow[] = [
  ...flags('--grow', '--recommended', '--hibernation', '--resize'),
  integer('--size'),
  integer('--maxsize'),
];

/** Disks, partitions and what is made of them. Sizes are MiB. */
export const storageCommands: readonly CommandRow[] = [
  {
    name: 'autopart',
    options: [
      ...encryption,
      text('--fstype'),
      kinded('layout', '--type'),
      ...flags('--noboot', '--nohome', '--noswap', '--nolvm'),
      flag('--hibernation', { in: ONLY_EL10 }),
    ],
  },
  { name: 'btrfs', status: { el8: 'ignored', el9: 'ignored', el10: 'removed' } },
  {
    name: 'clearpart',
    options: [
      ...['all', 'linux', 'none'].map((what) => flag(`--${what}`, { field: 'what', constant: what })),
      ...flags('--initlabel', '--cdl'),
      text('--disklabel'),
      list('--drives'),
      list('--list', { field: 'partitions' }),
    ],
  },
  { name: 'dmraid', status: { el8: 'ignored', el9: 'removed', el10: 'removed' } },
  {
    name: 'ignoredisk',
    options: [
      list('--drives'),
      list('--only-use'),
      flag('--interactive', { in: ONLY_EL8, deprecated: ONLY_EL8 }),
    ],
  },
  {
    name: 'logvol',
    positionals: [one('mountpoint')],
    identity: { fields: ['vgname', 'name'] },
    options: [
      ...encryption,
      ...fileSystem,
      ...size,
      text('--name', REQUIRED),
      text('--vgname', REQUIRED),
      ...texts('--fstype', '--cachemode', '--poolname', '--profile'),
      list('--cachepvs'),
      ...['--cachesize', '--chunksize', '--metadatasize', '--percent'].map((name) => integer(name)),
      ...flags('--thin', '--thinpool', '--useexisting'),
    ],
  },
  {
    name: 'mount',
    positionals: [one('device'), one('mountpoint')],
    identity: { fields: ['mountpoint'], except: ['swap', 'none'] },
    options: [kinded('optional', '--reformat'), ...texts('--mkfsoptions', '--mountoptions')],
  },
  { name: 'multipath', status: { el8: 'ignored', el9: 'removed', el10: 'removed' } },
  {
    name: 'nvdimm',
    status: { el10: 'removed' },
    positionals: [one('action')],
    options: [
      list('--blockdevs'),
      text('--mode', { choices: ['sector'], default: 'sector' }),
      text('--namespace'),
      integer('--sectorsize'),
    ],
  },
  {
    name: 'part',
    aliases: ['partition'],
    positionals: [one('mountpoint')],
    identity: { fields: ['mountpoint'], except: ['swap'] },
    options: [
      ...encryption,
      ...fileSystem,
      ...size,
      text(['--fstype', '--type']),
      text(['--ondisk', '--ondrive']),
      kinded('device', ['--onpart', '--usepart']),
      text('--onbiosdisk'),
      flag('--asprimary'),
      flag('--active', { in: ONLY_EL8, deprecated: ONLY_EL8 }),
    ],
  },
  {
    name: 'raid',
    positionals: [one('mountpoint'), any('members')],
    identity: { fields: ['device'] },
    options: [
      ...encryption,
      ...fileSystem,
      text('--fstype'),
      kinded('raid-device', '--device', REQUIRED),
      kinded('raid-level', '--level'),
      integer('--chunksize'),
      integer('--spares'),
      flag('--useexisting'),
    ],
  },
  { name: 'reqpart', options: [flag('--add-boot')] },
  {
    name: 'snapshot',
    positionals: [one('origin')],
    identity: { fields: ['name', 'origin'] },
    options: [text('--name', REQUIRED), kinded('moment', '--when', REQUIRED)],
  },
  {
    name: 'volgroup',
    positionals: [any('words')],
    identity: { fields: ['name'] },
    options: [
      ...flags('--noformat', '--useexisting'),
      ...['--pesize', '--reserved-percent', '--reserved-space'].map((name) => integer(name)),
    ],
  },
  { name: 'zerombr' },
  {
    name: 'zfcp',
    identity: { fields: ['devnum', 'wwpn', 'fcplun'] },
    options: [
      text('--devnum', REQUIRED),
      text('--wwpn', { required: ONLY_EL8 }),
      text('--fcplun', { required: ONLY_EL8 }),
    ],
  },
  {
    name: 'fcoe',
    identity: { fields: ['nic'] },
    options: [text('--nic', REQUIRED), ...flags('--dcb', '--autovlan')],
  },
  {
    name: 'iscsi',
    options: [
      text('--ipaddr', REQUIRED),
      integer('--port', { default: 3260 }),
      ...texts('--iface', '--target', '--user', '--password', '--reverse-user', '--reverse-password'),
    ],
  },
  { name: 'iscsiname', positionals: [one('iqn')] },
];
