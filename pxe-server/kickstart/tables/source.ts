import {
  any,
  boolean,
  type CommandRow,
  FROM_EL9,
  flag,
  flags,
  integer,
  list,
  ONLY_EL8,
  ONLY_EL9,
  REQUIRED,
  text,
  texts,
  UNTIL_EL9,
} from './rows.ts';

const certificates = texts('--sslcacert', '--sslclientcert', '--sslclientkey');

/** Where what is installed comes from. */
export const sourceCommands: readonly CommandRow[] = [
  {
    name: 'bootc',
    status: { el8: 'absent', el9: 'absent' },
    options: [
      text('--source-imgref', REQUIRED),
      text('--stateroot', { default: 'default' }),
      text('--target-imgref'),
    ],
  },
  { name: 'cdrom' },
  {
    name: 'driverdisk',
    positionals: [any('partition')],
    options: texts('--source', '--biospart'),
  },
  {
    name: 'harddrive',
    options: [
      text('--dir', REQUIRED),
      text('--partition', { required: FROM_EL9 }),
      text('--biospart', { in: ONLY_EL8 }),
    ],
  },
  { name: 'hmc' },
  { name: 'install', status: { el8: 'ignored', el9: 'removed', el10: 'removed' } },
  {
    name: 'liveimg',
    options: [text('--url', REQUIRED), ...texts('--proxy', '--checksum'), flag('--noverifyssl')],
  },
  { name: 'mediacheck' },
  { name: 'method', status: { el9: 'ignored', el10: 'removed' } },
  {
    name: 'module',
    status: { el10: 'warned' },
    options: [text('--name', REQUIRED), text('--stream'), flag('--disable')],
  },
  { name: 'nfs', options: [text('--server', REQUIRED), text('--dir', REQUIRED), text('--opts')] },
  {
    name: 'ostreecontainer',
    status: { el8: 'absent' },
    options: [
      text('--url', REQUIRED),
      ...texts('--stateroot', '--transport', '--remote'),
      flag('--no-signature-verification'),
    ],
  },
  {
    name: 'ostreesetup',
    options: [
      text('--osname', REQUIRED),
      text('--url', REQUIRED),
      text('--ref', REQUIRED),
      text('--remote'),
      flag('--nogpg'),
    ],
  },
  {
    name: 'repo',
    identity: { fields: ['name'] },
    options: [
      text('--name', REQUIRED),
      ...texts('--baseurl', '--mirrorlist', '--metalink', '--proxy'),
      ...certificates,
      ...flags('--noverifyssl', '--install'),
      integer('--cost'),
      list('--includepkgs'),
      list('--excludepkgs'),
      boolean('--ignoregroups', { in: UNTIL_EL9, deprecated: ONLY_EL9 }),
    ],
  },
  { name: 'updates', positionals: [any('url')] },
  {
    name: 'url',
    options: [
      ...texts('--url', '--mirrorlist', '--metalink', '--proxy'),
      ...certificates,
      flag('--noverifyssl'),
    ],
  },
];
