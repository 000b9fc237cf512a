import { describe, expect, it } from 'vitest';
import { migrateKickstart } from '../../../pxe-server/kickstart/migrate/migrate.ts';
import { isAccepted } from '../../../pxe-server/kickstart/parse.ts';
import type { Release } from '../../../pxe-server/kickstart/releases.ts';
import { samples } from './samples.ts';

function moved(text: string, to: Release = 'el10') {
  const { text: now, notes, result } = migrateKickstart(text, to);
  return { now, decisions: notes.filter(({ what }) => what === 'decision').map(({ line }) => line), result };
}

describe('lines that are rewritten', () => {
  it.each<[string, string, Release, string]>([
    ['install', 'install\ntext\n', 'el9', 'text\n'],
    ['a time zone', 'timezone --isUtc UTC # here', 'el9', 'timezone --utc UTC # here'],
    [
      'time servers',
      'timezone UTC --ntpservers a,b\n',
      'el9',
      'timezone UTC\ntimesource --ntp-server=a\ntimesource --ntp-server=b\n',
    ],
    ['no time servers', 'timezone  UTC  --nontp\n', 'el9', 'timezone  UTC\ntimesource --ntp-disable\n'],
    ['auth that changes nothing', 'auth --enableshadow --passalgo=sha512\n', 'el9', ''],
    ['a level of logging', 'logging --level=debug --host=a\n', 'el10', 'logging --host=a\n'],
    ['an active partition', 'part / --active --size=5\n', 'el9', 'part / --size=5\n'],
    [
      'groups of a repository',
      'repo --name=a --ignoregroups true --cost=5\n',
      'el10',
      'repo --name=a --cost=5\n',
    ],
    [
      'names of options',
      '%packages --instLangs cs --excludeWeakdeps\n%end\n',
      'el10',
      '%packages --inst-langs cs --exclude-weakdeps\n%end\n',
    ],
    [
      'room for kdump',
      'bootloader --append="crashkernel=auto quiet"\n',
      'el9',
      'bootloader --append="crashkernel=1G-4G:192M,4G-64G:256M,64G-:512M quiet"\n',
    ],
    ['what has no effect', 'autostep\nbtrfs / a\n', 'el8', '# not in EL8:\n# btrfs / a\n'],
    [
      'nothing before its time',
      'network --device=t --teamslaves=a,b\n',
      'el9',
      'network --device=t --teamslaves=a,b\n',
    ],
    ['a line without an end', 'zerombr\nreboot', 'el10', 'zerombr\nreboot'],
    ['Windows line ends', 'lang en_US\r\nreboot\r\n', 'el10', 'lang en_US\r\nreboot\r\n'],
  ])('%s', (_what, text, to, now) => {
    const migrated = moved(text, to);
    expect(migrated.now).toBe(now);
    expect(isAccepted(migrated.result)).toBe(true);
  });
});

it.each<[string, string]>([
  ['activebackup', 'active-backup'],
  ['lacp', '802.3ad'],
  ['roundrobin', 'balance-rr'],
  ['broadcast', 'broadcast'],
  ['loadbalance', 'balance-xor'],
])('a team with the runner %s is a bond with mode=%s', (runner, mode) => {
  const config = `{\\"runner\\": {\\"name\\": \\"${runner}\\"}}`;
  const { now, decisions } = moved(
    `network --device=t --teamconfig="${config}" --teamslaves="a,b'{}'" --ip=192.0.2.1\n`,
  );
  expect(now).toBe(`network --device=t --bondslaves=a,b --bondopts=mode=${mode},miimon=100 --ip=192.0.2.1\n`);
  expect(decisions).toEqual([1]);
});

it.each<[string, string, number[]]>([
  ['a source of another release', 'text\nurl --url=http://example.com/rocky/8.9/os/\n', [2]],
  ['a source that fits', 'url --url=http://192.0.2.8/rocky/10/os/\n', []],
  ['root by password', 'rootpw --iscrypted x\n', [1]],
  ['auth that means something', 'authconfig --enableldap\n', [1]],
  ['VNC', 'vnc\n', [1]],
  ['NVDIMM', 'nvdimm use --blockdevs=pmem0s\n', [1]],
  ['packages', '%packages\n@core\nteamd\n%end\n', [3]],
  ['scripts', '%post\n# ifup\nifup eno1\nteamdctl x\n%end\n', [3, 4]],
  ['policies for passwords', '%anaconda\npwpolicy root\n%end\n', [1]],
])('a person decides about %s', (_what, text, lines) => {
  const { decisions, result } = moved(text);
  expect(decisions).toEqual(lines);
  expect(isAccepted(result)).toBe(true);
});

it.each(Object.entries(samples))(
  'the sample %s, which fits EL10 already, keeps every byte',
  (_name, text) => {
    const { now } = moved(text.replace('crashkernel=auto', 'crashkernel=512M'));
    expect(now).toBe(text.replace('crashkernel=auto', 'crashkernel=512M'));
  },
);

it('what came out does not change once more', () => {
  const old =
    'install\ntimezone --isUtc UTC --ntpservers=a\nnetwork --device=t --teamslaves=a\nvnc\n%anaconda\n%end\n';
  const once = moved(old).now;
  expect(moved(once).now).toBe(once);
});
