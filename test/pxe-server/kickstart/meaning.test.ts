import { describe, expect, it } from 'vitest';
import { checkKickstart } from '../../../pxe-server/kickstart/check.ts';
import type { Include } from '../../../pxe-server/kickstart/reader.ts';
import type { Release } from '../../../pxe-server/kickstart/releases.ts';
import { samples } from './samples.ts';

const HASH = `$6$salt$${'h'.repeat(86)}`;
const KEY = `ssh-ed25519 ${'A'.repeat(68)} admin@example.com`;
/** What makes a fragment a kickstart that can be carried out. */
const LOGIN = `rootpw --iscrypted ${HASH}`;
const DISK = 'part / --size=10240 --fstype=xfs';
const frame = (lines: string, ...around: string[]) => [...around, lines].join('\n');

/** Codes of the meaning, in the order of the text. */
function told(text: string, release: Release = 'el9', include?: Include): string[] {
  const { findings, kickstart } = checkKickstart(text, { release, ...(include ? { include } : {}) });
  expect(kickstart.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  return findings
    .filter(({ layer }) => layer === 'meaning')
    .map(({ severity, code }) => `${severity} ${code}`);
}

describe.each<[string, [string, string, string[]][]]>([
  [
    'sizes',
    [
      ['negative', frame('part /srv --size=-5', LOGIN, DISK), ['error number-outside']],
      ['nought', frame('part /srv --size=0', LOGIN, DISK), ['error number-outside']],
      ['growing without a size', frame('part / --grow', LOGIN), ['error size-absent']],
      ['without a size', frame('part /', LOGIN), ['error size-absent']],
      ['of memory', frame('part swap --recommended', LOGIN, DISK), []],
      ['a tmpfs without one', frame('part /tmp --fstype=tmpfs', LOGIN, DISK), []],
      ['of what exists', frame('part /srv --onpart=sda7', LOGIN, DISK), []],
      [
        'largest below smallest',
        frame('part /srv --size=9 --grow --maxsize=5', LOGIN, DISK),
        ['error size-contradictory'],
      ],
      [
        'largest without growing',
        frame('part /srv --size=5 --maxsize=9', LOGIN, DISK),
        ['warning option-useless'],
      ],
      [
        'spares below nought',
        frame(
          'part raid.1 --size=9\npart raid.2 --size=9\nraid /srv --device=md0 --level=1 --spares=-1 raid.1 raid.2',
          LOGIN,
          DISK,
        ),
        ['error number-outside'],
      ],
    ],
  ],
  [
    'layout',
    [
      ['no root', frame('part /boot --size=1024', LOGIN), ['error root-absent']],
      ['no root among mounts', frame('mount /dev/sda1 /boot', LOGIN), ['error root-absent']],
      ['nothing said', LOGIN, []],
      ['autopart', frame('autopart', LOGIN), []],
      ['root among mounts', frame('mount /dev/sda1 / --reformat', LOGIN), []],
      [
        'unknown file system',
        frame('part /srv --size=5 --fstype=reiserfs', LOGIN, DISK),
        ['error format-unknown'],
      ],
      ['relative mount point', frame('part srv --size=5', LOGIN, DISK), ['error mountpoint-impossible']],
      ['a folder of the root', frame('part /etc --size=5', LOGIN, DISK), ['error mountpoint-impossible']],
      ['dots', frame('part /srv/../x --size=5', LOGIN, DISK), ['error mountpoint-impossible']],
      [
        'a mount point twice',
        frame(
          'part /srv --size=5\npart raid.1 --size=9\npart raid.2 --size=9\nraid /srv --device=md0 --level=1 raid.1 raid.2',
          LOGIN,
          DISK,
        ),
        ['error name-twice'],
      ],
      [
        'root on a volume without /boot',
        frame('part pv.1 --size=99\nvolgroup v pv.1\nlogvol / --vgname=v --name=r --size=50', LOGIN),
        ['error boot-unreadable'],
      ],
      [
        'encrypted root without /boot',
        frame('part / --size=99 --encrypted --passphrase=x', LOGIN),
        ['error boot-unreadable'],
      ],
      [
        'encryption without a passphrase',
        frame('part /srv --size=99 --encrypted', LOGIN, DISK),
        ['warning passphrase-absent'],
      ],
      [
        'an unknown LUKS',
        frame('part /srv --size=99 --encrypted --passphrase=x --luks-version=luks9', LOGIN, DISK),
        ['error value-invalid'],
      ],
      [
        'a function of LUKS 2 for LUKS 1',
        frame(
          'part /srv --size=99 --encrypted --passphrase=x --luks-version=luks1 --pbkdf=argon2id',
          LOGIN,
          DISK,
        ),
        ['error value-invalid'],
      ],
      [
        'clearing all and none',
        frame('clearpart --all --none --drives=/dev/disk/by-id/x', LOGIN, DISK),
        ['error options-exclusive'],
      ],
      [
        'an unknown label',
        frame('clearpart --all --disklabel=bsd --drives=/dev/disk/by-id/x', LOGIN, DISK),
        ['error value-invalid'],
      ],
    ],
  ],
  [
    'members',
    [
      ['of a group, unknown', frame('volgroup v pv.1', LOGIN, DISK), ['error member-unknown']],
      ['of no group', frame('part pv.1 --size=9', LOGIN, DISK), ['warning member-unused']],
      [
        'of two groups',
        frame('part pv.1 --size=9\nvolgroup v pv.1\nvolgroup w pv.1', LOGIN, DISK),
        ['error name-twice'],
      ],
      [
        'too few',
        frame(
          'part raid.1 --size=9\npart raid.2 --size=9\nraid /srv --device=md0 --level=5 raid.1 raid.2',
          LOGIN,
          DISK,
        ),
        ['error members-few'],
      ],
      [
        'too few without spares',
        frame(
          'part raid.1 --size=9\npart raid.2 --size=9\nraid /srv --device=md0 --level=1 --spares=1 raid.1 raid.2',
          LOGIN,
          DISK,
        ),
        ['error members-few'],
      ],
      [
        'a volume in no group',
        frame('logvol /srv --vgname=v --name=s --size=5', LOGIN, DISK),
        ['error group-unknown'],
      ],
      [
        'a volume in a group that exists',
        frame('volgroup v --useexisting\nlogvol /srv --vgname=v --name=s --size=5', LOGIN, DISK),
        [],
      ],
      [
        'a thin volume in no pool',
        frame(
          'part pv.1 --size=9\nvolgroup v pv.1\nlogvol /srv --vgname=v --name=s --size=5 --thin --poolname=p',
          LOGIN,
          DISK,
        ),
        ['error pool-unknown'],
      ],
      [
        'a group twice',
        frame('part pv.1 --size=9\npart pv.2 --size=9\nvolgroup v pv.1\nvolgroup v pv.2', LOGIN, DISK),
        ['error name-twice'],
      ],
      [
        'a RAID device twice',
        frame(
          'part raid.1 --size=9\npart raid.2 --size=9\npart raid.3 --size=9\npart raid.4 --size=9\nraid /a --device=md0 --level=1 raid.1 raid.2\nraid /b --device=md0 --level=1 raid.3 raid.4',
          LOGIN,
          DISK,
        ),
        ['error name-twice'],
      ],
    ],
  ],
  [
    'disks',
    [
      ['by kernel name', frame('part /srv --size=5 --ondisk=sda', LOGIN, DISK), ['risk disk-by-kernel-name']],
      ['by what lasts', frame('part /srv --size=5 --ondisk=/dev/disk/by-id/wwn-0x5', LOGIN, DISK), []],
      [
        'ignored',
        frame('ignoredisk --drives=disk/by-id/b\npart /srv --size=5 --ondisk=/dev/disk/by-id/b', LOGIN, DISK),
        ['error disk-ignored'],
      ],
      [
        'not among the only ones',
        frame('ignoredisk --only-use=sda\nbootloader --boot-drive=sdb', LOGIN, DISK),
        ['error disk-ignored', 'risk disk-by-kernel-name'],
      ],
      ['all of them', frame('clearpart --all', LOGIN, DISK), ['risk clears-every-disk']],
    ],
  ],
  [
    'network',
    [
      [
        'no such address',
        frame('network --device=a --bootproto=static --ip=999.1.1.1 --netmask=255.255.255.0', LOGIN),
        ['error address-impossible'],
      ],
      [
        'no such netmask',
        frame('network --device=a --bootproto=static --ip=192.0.2.1 --netmask=255.0.255.0', LOGIN),
        ['error address-impossible'],
      ],
      [
        'static without an address',
        frame('network --device=a --bootproto=static', LOGIN),
        ['error address-absent'],
      ],
      [
        'an address that DHCP ignores',
        frame('network --device=a --ip=192.0.2.1 --netmask=255.255.255.0', LOGIN),
        ['warning address-ignored'],
      ],
      [
        'a gateway elsewhere',
        frame(
          'network --device=a --bootproto=static --ip=192.0.2.5 --netmask=255.255.255.0 --gateway=198.51.100.1',
          LOGIN,
        ),
        ['error gateway-outside'],
      ],
      [
        'a gateway that is the machine',
        frame(
          'network --device=a --bootproto=static --ip=192.0.2.5 --netmask=255.255.255.0 --gateway=192.0.2.5',
          LOGIN,
        ),
        ['error address-twice'],
      ],
      [
        'the whole network',
        frame('network --device=a --bootproto=static --ip=192.0.2.255 --netmask=255.255.255.0', LOGIN),
        ['error address-impossible'],
      ],
      [
        'IPv6 with a prefix',
        frame('network --device=a --ipv6=2001:db8::1/64 --ipv6gateway=fe80::1', LOGIN),
        [],
      ],
      ['no IPv6', frame('network --device=a --ipv6=1:2:3:4', LOGIN), ['error address-impossible']],
      [
        'a name server by name',
        frame('network --device=a --nameserver=ns.example.com', LOGIN),
        ['error address-impossible'],
      ],
      ['no such VLAN', frame('network --device=a --vlanid=4095', LOGIN), ['error address-impossible']],
      ['no host name', frame('network --hostname=a..b', LOGIN), ['error address-impossible']],
      [
        'a NIC in two bonds',
        frame('network --device=b0 --bondslaves=a,b\nnetwork --device=b1 --bondslaves=b,c', LOGIN),
        ['error name-twice'],
      ],
      [
        'options of no bond',
        frame('network --device=b0 --bondopts=mode=1', LOGIN),
        ['error option-incomplete'],
      ],
      [
        'no such port',
        frame('firewall --port=99999:tcp,https,16514:tcp,1-5:udp', LOGIN),
        ['error value-invalid'],
      ],
      [
        'an address twice',
        frame(
          'network --device=a --bootproto=static --ip=192.0.2.5 --netmask=255.255.255.0\nnetwork --device=b --bootproto=static --ip=192.0.2.5 --netmask=255.255.255.0',
          LOGIN,
        ),
        ['error address-twice'],
      ],
    ],
  ],
  [
    'access',
    [
      ['nobody', frame('rootpw --lock', DISK), ['error login-impossible']],
      ['nobody, and not a word about it', DISK, ['error login-impossible']],
      [
        'nobody unless the image has somebody',
        'liveimg --url=https://example.com/i --checksum='.concat('a'.repeat(64)),
        ['warning login-impossible'],
      ],
      ['a key', frame(`rootpw --lock\nsshkey --username=root "${KEY}"`, DISK), []],
      ['a user', frame(`user --name=a --iscrypted --password=${HASH}`, DISK), []],
      [
        'a user who is locked',
        frame(`user --name=a --lock --iscrypted --password=${HASH}`, DISK),
        ['error login-impossible'],
      ],
      ['a realm', frame('realm join example.com', DISK), []],
      ['a script that may do it', frame('%post\necho x:y | chpasswd\n%end', DISK), []],
      ['plain text', frame('rootpw secret', DISK), ['risk password-plain']],
      ['no hash', frame('rootpw --iscrypted secret', DISK), ['error hash-invalid']],
      ['a key of nobody', frame(`sshkey --username=a "${KEY}"`, DISK, LOGIN), ['error user-unknown']],
      ['no key', frame('sshkey --username=root abc', DISK, LOGIN), ['error key-invalid']],
      ['a user twice', frame('user --name=a\nuser --name=a', DISK, LOGIN), ['error name-twice']],
      [
        'a number twice',
        frame('user --name=a --uid=5\nuser --name=b --uid=5', DISK, LOGIN),
        ['error name-twice'],
      ],
      ['root as a user', frame('user --name=root', DISK, LOGIN), ['error user-impossible']],
    ],
  ],
  [
    'sources and the rest',
    [
      ['two', frame('cdrom\nurl --url=https://example.com/', LOGIN), ['error source-twice']],
      ['no URL', frame('url --url=example.com', LOGIN), ['error url-invalid']],
      [
        'an image without a checksum',
        frame('liveimg --url=https://example.com/i', LOGIN),
        ['risk fetch-unchecked'],
      ],
      [
        'half a checksum',
        frame('liveimg --url=https://example.com/i --checksum=abc', LOGIN),
        ['error checksum-invalid'],
      ],
      [
        'TLS that proves nothing',
        frame('url --url=https://example.com/ --noverifyssl', LOGIN),
        ['risk tls-unverified'],
      ],
      ['a package taken and left out', frame('%packages\na\n-a\n%end', LOGIN), ['error package-both']],
      [
        'packages beside an image',
        frame(`liveimg --url=https://example.com/i --checksum=${'a'.repeat(64)}\n%packages\na\n%end`, LOGIN),
        ['warning packages-ignored'],
      ],
      [
        'a script from the network',
        frame('%post\ncurl https://example.com/x | bash\n%end', LOGIN),
        ['risk fetch-unchecked'],
      ],
      [
        'a fetch in clear',
        frame('%post\ncurl -O http://example.com/x\n%end', LOGIN),
        ['risk fetch-unchecked'],
      ],
      [
        'a fetch that is compared',
        frame('%post\ncurl -O http://example.com/x\nsha256sum -c x.sum\n%end', LOGIN),
        [],
      ],
      [
        'an interpreter without a path',
        frame('%post --interpreter=bash\n%end', LOGIN),
        ['error interpreter-impossible'],
      ],
      ['no such zone', frame('timezone Europe/Nowhere', LOGIN), ['warning timezone-unknown']],
      ['an older name of a zone', frame('timezone US/Eastern', LOGIN), []],
      [
        'no SELinux, no firewall',
        frame('selinux --disabled\nfirewall --disabled', LOGIN),
        ['risk selinux-off', 'risk firewall-off'],
      ],
    ],
  ],
])('%s', (_topic, rows) => {
  it.each(rows)('%s', (_what, text, codes) => {
    expect(told(text)).toEqual(codes);
  });
});

it('what may be in a file that only the installer reads is not missing', () => {
  expect(told('%include /tmp/disks\nvolgroup v pv.1')).toEqual([]);
});

it('one line that is refused is not told once more as missing', () => {
  const { findings } = checkKickstart(`${LOGIN}\npart / --sise=5\npart /boot --size=512`, { release: 'el9' });
  expect(findings.map(({ code }) => code)).toEqual(['option-unknown']);
});

it.each(Object.entries(samples))('the sample %s can be carried out', (_name, text) => {
  const { findings } = checkKickstart(text, { release: 'el9' });
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
});
