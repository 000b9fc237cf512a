import type { Release } from '../releases.ts';
import {
  FROM_EL9,
  flag,
  flags,
  integer,
  ONLY_EL9,
  type OptionRow,
  REQUIRED,
  type Status,
  text,
  UNTIL_EL9,
} from './rows.ts';

export interface SectionRow {
  name: string;
  status?: Partial<Record<Release, Status>>;
  options?: readonly OptionRow[];
  /** Script: run. packages: names. data: a file. foreign: another program reads header and body. */
  body: 'script' | 'packages' | 'data' | 'foreign';
}

const script: readonly OptionRow[] = [
  text('--interpreter', { default: '/bin/sh' }),
  text(['--log', '--logfile']),
  flag('--erroronfail'),
];

export const sections: readonly SectionRow[] = [
  { name: '%pre', body: 'script', options: script },
  { name: '%pre-install', body: 'script', options: script },
  { name: '%post', body: 'script', options: [...script, flag('--nochroot')] },
  { name: '%onerror', body: 'script', options: script },
  { name: '%traceback', body: 'script', options: script, status: { el9: 'warned', el10: 'warned' } },
  {
    name: '%packages',
    body: 'packages',
    options: [
      ...flags('--default', '--excludedocs', '--ignoremissing', '--multilib', '--nocore'),
      integer('--retries'),
      integer('--timeout'),
      text('--inst-langs', { field: 'instLangs', in: FROM_EL9 }),
      text('--instLangs', { in: UNTIL_EL9, deprecated: ONLY_EL9 }),
      flag('--exclude-weakdeps', { in: FROM_EL9 }),
      flag('--excludeWeakdeps', { field: 'excludeWeakdeps', in: UNTIL_EL9, deprecated: ONLY_EL9 }),
    ],
  },
  {
    name: '%certificate',
    body: 'data',
    status: { el8: 'absent' },
    options: [
      text('--filename', REQUIRED),
      text('--dir', { required: ONLY_EL9 }),
      text('--type', { in: ['el10'] }),
    ],
  },
  { name: '%addon', body: 'foreign' },
  // The installer's own policies for passwords: EL8 has them, EL9 ignores them.
  { name: '%anaconda', body: 'foreign', status: { el9: 'warned', el10: 'removed' } },
];

export const packageGroup: readonly OptionRow[] = flags('--nodefaults', '--optional');
