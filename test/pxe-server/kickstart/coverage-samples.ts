/** A line for each command, and what has to stand around it so that it alone decides what becomes of it. */
export interface Sample {
  line: string;
  /** Commands of the base that it takes the place of. */
  without?: readonly string[];
  /** Lines after it. */
  further?: string;
}

export const BASE: Readonly<Record<string, string>> = {
  liveimg: `liveimg --url=http://192.0.2.1/r --checksum=${'0a'.repeat(32)}`,
  rootpw: `rootpw --iscrypted $6$s$${'h'.repeat(86)}`,
  clearpart: 'clearpart --all --initlabel',
  ignoredisk: 'ignoredisk --only-use=sda',
  autopart: 'autopart',
};

const BOOT = 'part /boot/efi --fstype=efi --size=600 --ondisk=sda\npart /boot --size=1024 --ondisk=sda';
const LAID = { without: ['autopart'] };
const VOLUME = 'reqpart --add-boot\npart pv.1 --size=40960\nvolgroup v pv.1';
const SOURCE = { without: ['liveimg'] };

export const SAMPLES: Readonly<Record<string, Sample>> = {
  ...{ auth: { line: 'auth --enableshadow' }, authconfig: { line: 'authconfig --enableshadow' } },
  authselect: { line: 'authselect select sssd' },
  autopart: { line: 'autopart', without: ['autopart'] },
  autostep: { line: 'autostep' },
  bootc: { line: 'bootc --source-imgref=registry:x', ...SOURCE },
  bootloader: { line: 'bootloader --append=quiet' },
  btrfs: { line: 'btrfs none --data=0 btrfs.1' },
  cdrom: { line: 'cdrom', ...SOURCE },
  clearpart: {
    line: 'clearpart --all',
    without: ['clearpart', 'ignoredisk', 'autopart'],
    further: `${BOOT}\npart / --size=4096 --ondisk=sda`,
  },
  ...{ cmdline: { line: 'cmdline' }, device: { line: 'device x' }, deviceprobe: { line: 'deviceprobe' } },
  dmraid: { line: 'dmraid --name=x --dev=y' },
  driverdisk: { line: 'driverdisk sda1' },
  eula: { line: 'eula --agreed' },
  fcoe: { line: 'fcoe --nic=eno1' },
  firewall: { line: 'firewall --enabled' },
  firstboot: { line: 'firstboot --disable' },
  graphical: { line: 'graphical' },
  group: { line: 'group --name=staff' },
  halt: { line: 'halt' },
  harddrive: { line: 'harddrive --partition=sda1 --dir=/x', ...SOURCE },
  hmc: { line: 'hmc', ...SOURCE },
  ignoredisk: { line: 'ignoredisk --only-use=sda', without: ['ignoredisk'] },
  install: { line: 'install' },
  iscsi: { line: 'iscsi --ipaddr=192.0.2.7' },
  iscsiname: { line: 'iscsiname iqn.2001-01.com.example:x' },
  keyboard: { line: 'keyboard --vckeymap=us' },
  lang: { line: 'lang en_US.UTF-8' },
  liveimg: { line: `liveimg --url=http://192.0.2.1/q --checksum=${'0b'.repeat(32)}`, ...SOURCE },
  logging: { line: 'logging' },
  logvol: { line: 'logvol / --vgname=v --name=root --size=2048', ...LAID, further: VOLUME },
  mediacheck: { line: 'mediacheck' },
  method: { line: 'method' },
  module: { line: 'module --name=x' },
  mount: { line: 'mount /dev/sda1 /', ...LAID },
  multipath: { line: 'multipath --name=x --device=y --rule=z' },
  network: { line: 'network --device=eno1 --bootproto=dhcp' },
  nfs: { line: 'nfs --server=s --dir=/d', ...SOURCE },
  nvdimm: { line: 'nvdimm use --namespace=n' },
  ostreecontainer: { line: 'ostreecontainer --url=x', ...SOURCE },
  ostreesetup: { line: 'ostreesetup --osname=x --url=http://x/ --ref=r', ...SOURCE },
  part: { line: 'part / --size=4096 --ondisk=sda', without: ['autopart', 'ignoredisk'], further: BOOT },
  poweroff: { line: 'poweroff' },
  raid: {
    line: 'raid / --device=md0 --level=1 raid.1 raid.2',
    without: ['autopart', 'ignoredisk'],
    further: [
      BOOT,
      ...[1, 2, 3].map((n) => `part raid.${n} --size=4096 --ondisk=sd${n === 2 ? 'b' : 'a'}`),
    ].join('\n'),
  },
  rdp: { line: 'rdp --username=x' },
  realm: { line: 'realm join example.com' },
  reboot: { line: 'reboot' },
  repo: { line: 'repo --name=x --baseurl=http://x/' },
  reqpart: { line: 'reqpart', ...LAID, further: 'part / --size=4096 --ondisk=sda' },
  rescue: { line: 'rescue' },
  rhsm: { line: 'rhsm --organization=o --activation-key=k' },
  rootpw: { line: `rootpw --iscrypted $6$t$${'h'.repeat(86)}`, without: ['rootpw'] },
  selinux: { line: 'selinux --permissive' },
  services: { line: 'services --enabled=sshd' },
  shutdown: { line: 'shutdown' },
  skipx: { line: 'skipx' },
  snapshot: { line: 'snapshot system/root --name=x --when=post-install' },
  sshkey: { line: `sshkey --username=root "ssh-ed25519 ${'A'.repeat(32)}"` },
  sshpw: { line: 'sshpw --username=root --lock x' },
  syspurpose: { line: 'syspurpose --role=x' },
  text: { line: 'text' },
  timesource: { line: 'timesource --ntp-server=ntp.example.com' },
  timezone: { line: 'timezone Europe/Prague' },
  updates: { line: 'updates http://192.0.2.1/u' },
  url: { line: 'url --url=http://192.0.2.1/', ...SOURCE },
  user: { line: 'user --name=a --lock' },
  vnc: { line: 'vnc' },
  volgroup: {
    line: 'volgroup v pv.1',
    ...LAID,
    further: 'reqpart --add-boot\npart pv.1 --size=40960\nlogvol / --vgname=v --name=root --size=2048 --grow',
  },
  xconfig: { line: 'xconfig --startxonboot' },
  zerombr: { line: 'zerombr' },
  zfcp: { line: 'zfcp --devnum=0.0.4000 --wwpn=0x5005076300C213e9 --fcplun=0x5022000000000000' },
  zipl: { line: 'zipl --secure-boot' },
};

/** Where the option alone would say nothing: a line without it and one with it. */
export const PAIRS: Readonly<Record<string, readonly [without: string, withIt: string]>> = {
  'autopart --luks-version': encrypted('autopart', '--luks-version=luks1'),
  'autopart --passphrase': encrypted('autopart', '--passphrase=other'),
  'autopart --cipher': encrypted('autopart', '--cipher=aes-xts-plain64'),
  ...pbkdf('autopart'),
  'autopart --encrypted': ['autopart', 'autopart --encrypted --passphrase=secret'],
  'part --encrypted': [part(''), part('--encrypted --passphrase=secret')],
  'part --luks-version': encrypted(part(''), '--luks-version=luks1'),
  'part --passphrase': encrypted(part(''), '--passphrase=other'),
  'part --cipher': encrypted(part(''), '--cipher=aes-xts-plain64'),
  ...pbkdf('part', part('')),
  'logvol --encrypted': [volume(''), volume('--encrypted --passphrase=secret')],
  'logvol --luks-version': encrypted(volume(''), '--luks-version=luks1'),
  'logvol --passphrase': encrypted(volume(''), '--passphrase=other'),
  'logvol --cipher': encrypted(volume(''), '--cipher=aes-xts-plain64'),
  ...pbkdf('logvol', volume('')),
  'raid --encrypted': [raid(''), raid('--encrypted --passphrase=secret')],
  'raid --luks-version': encrypted(raid(''), '--luks-version=luks1'),
  'raid --passphrase': encrypted(raid(''), '--passphrase=other'),
  'raid --cipher': encrypted(raid(''), '--cipher=aes-xts-plain64'),
  ...pbkdf('raid', raid('')),
  'autopart --hibernation': ['autopart', 'autopart --hibernation'],
  'clearpart --all': ['clearpart --initlabel', 'clearpart --all'],
  'clearpart --linux': ['clearpart --all', 'clearpart --linux'],
  'clearpart --none': ['clearpart --all', 'clearpart --none'],
  'clearpart --initlabel': ['clearpart --all', 'clearpart --initlabel'],
  'clearpart --drives': ['clearpart --all', 'clearpart --all --drives=sda'],
  'clearpart --disklabel': ['clearpart --all', 'clearpart --all --disklabel=msdos'],
  'ignoredisk --only-use': ['ignoredisk --only-use=sda', 'ignoredisk --only-use=sdb'],
  'ignoredisk --drives': ['ignoredisk --only-use=sda', 'ignoredisk --drives=sda'],
  'part --maxsize': [part('--grow'), part('--grow --maxsize=5000')],
  'part --grow': [part(''), part('--grow')],
  'part --size': [part(''), 'part / --size=5000 --ondisk=sda'],
  'part --recommended': [part(''), 'part / --recommended --ondisk=sda'],
  'part --hibernation': [part(''), 'part / --hibernation --ondisk=sda'],
  'part --ondisk': [part(''), 'part / --size=4096 --ondisk=sdb'],
  'part --onpart': [part(''), 'part / --onpart=sda3'],
  'part --resize': [part(''), 'part / --onpart=sda3 --resize --size=5000'],
  'logvol --maxsize': [volume('--grow'), volume('--grow --maxsize=3000')],
  'logvol --size': [volume(''), 'logvol / --vgname=v --name=root --size=3000'],
  'logvol --name': [volume(''), 'logvol / --vgname=v --name=other --size=2048'],
  'logvol --vgname': [volume(''), 'logvol / --vgname=other --name=root --size=2048'],
  'logvol --recommended': [volume(''), 'logvol / --vgname=v --name=root --recommended'],
  'logvol --hibernation': [volume(''), 'logvol / --vgname=v --name=root --hibernation'],
  'logvol --percent': [volume(''), volume('--percent=50')],
  'logvol --thin': [volume(''), `${thinPool()}\n${volume('--thin --poolname=p')}`],
  'logvol --poolname': [volume(''), `${thinPool()}\n${volume('--thin --poolname=p')}`],
  'logvol --thinpool': [volume(''), `${thinPool()}\n${volume('--thin --poolname=p')}`],
  'logvol --chunksize': pool('--chunksize=256'),
  'logvol --metadatasize': pool('--metadatasize=64'),
  'logvol --useexisting': [volume(''), 'logvol / --vgname=v --name=root --useexisting'],
  'logvol --resize': [volume(''), volume('--useexisting --resize')],
  'raid --device': [raid(''), 'raid / --device=md7 --level=1 raid.1 raid.2'],
  'raid --level': [raid(''), 'raid / --device=md0 --level=0 raid.1 raid.2'],
  'raid --chunksize': [
    'raid / --device=md0 --level=0 raid.1 raid.2',
    'raid / --device=md0 --level=0 --chunksize=64 raid.1 raid.2',
  ],
  'raid --spares': [
    'raid / --device=md0 --level=1 raid.1 raid.2 raid.3',
    'raid / --device=md0 --level=1 --spares=1 raid.1 raid.2 raid.3',
  ],
  'raid --useexisting': [raid(''), 'raid / --device=md0 --useexisting'],
  'volgroup --useexisting': ['volgroup v pv.1', 'volgroup v --useexisting'],
  'volgroup --noformat': ['volgroup v pv.1', 'volgroup v --noformat'],
  'firewall --enabled': ['firewall --disabled', 'firewall --enabled'],
  'network --ip': fixed('--ip=192.0.2.6'),
  'network --netmask': fixed('--netmask=255.255.0.0'),
  'network --gateway': fixed('--gateway=192.0.2.1'),
  'network --bootproto': ['network --device=eno1', 'network --device=eno1 --bootproto=query'],
  'network --device': ['network --device=eno1', 'network --device=eno2'],
  'network --ipv6gateway': [
    'network --device=eno1 --ipv6=2001:db8::2/64',
    'network --device=eno1 --ipv6=2001:db8::2/64 --ipv6gateway=2001:db8::1',
  ],
  'network --bondslaves': ['network --device=eno1', 'network --device=bond0 --bondslaves=eno2,eno3'],
  'network --bondopts': [
    'network --device=bond0 --bondslaves=eno2,eno3',
    'network --device=bond0 --bondslaves=eno2,eno3 --bondopts=mode=active-backup',
  ],
  'network --bridgeslaves': ['network --device=eno1', 'network --device=br0 --bridgeslaves=eno2'],
  'network --bridgeopts': [
    'network --device=br0 --bridgeslaves=eno2',
    'network --device=br0 --bridgeslaves=eno2 --bridgeopts=stp=no',
  ],
  'network --interfacename': [
    'network --device=eno1 --vlanid=20',
    'network --device=eno1 --vlanid=20 --interfacename=storage',
  ],
  'network --onboot': ['network --device=eno1', 'network --device=eno1 --onboot=no'],
  'liveimg --url': [image('http://192.0.2.1/q'), image('http://192.0.2.2/q')],
  'liveimg --checksum': [
    `liveimg --url=http://192.0.2.1/q --checksum=${'0b'.repeat(32)}`,
    `liveimg --url=http://192.0.2.1/q --checksum=${'0c'.repeat(32)}`,
  ],
  'keyboard --switch': [
    'keyboard --xlayouts=us,cz',
    'keyboard --xlayouts=us,cz --switch=grp:alt_shift_toggle',
  ],
  'rootpw --iscrypted': ['rootpw --lock', `rootpw --iscrypted $6$t$${'h'.repeat(86)}`],
  'rootpw --plaintext': ['rootpw --lock', 'rootpw --plaintext secret'],
  'user --iscrypted': ['user --name=a --lock', `user --name=a --iscrypted --password=$6$t$${'h'.repeat(86)}`],
  'user --password': ['user --name=a --lock', `user --name=a --iscrypted --password=$6$t$${'h'.repeat(86)}`],
  'user --plaintext': ['user --name=a --lock', 'user --name=a --plaintext --password=secret'],
  'user --lock': [
    `user --name=a --iscrypted --password=$6$t$${'h'.repeat(86)}`,
    `user --name=a --iscrypted --password=$6$t$${'h'.repeat(86)} --lock`,
  ],
  'user --name': ['user --name=a --lock', 'user --name=b --lock'],
  'selinux --permissive': ['selinux --enforcing', 'selinux --permissive'],
  'services --enabled': ['services --disabled=kdump', 'services --disabled=kdump --enabled=sshd'],
  'sshkey --username': [
    `sshkey --username=root "ssh-ed25519 ${'A'.repeat(32)}"`,
    `user --name=a --lock\nsshkey --username=a "ssh-ed25519 ${'A'.repeat(32)}"`,
  ],
  'timesource --ntp-server': ['timezone --utc', 'timesource --ntp-server=ntp.example.com'],
  'timesource --ntp-pool': ['timezone --utc', 'timesource --ntp-pool=pool.example.com'],
  'timesource --ntp-disable': ['timezone --utc', 'timesource --ntp-disable'],
  'group --name': ['group --name=staff', 'group --name=other'],
  'bootloader --append': ['bootloader --append=quiet', 'bootloader --append=debug'],
  'bootloader --boot-drive': ['bootloader --append=quiet', 'bootloader --append=quiet --boot-drive=sdb'],
  'bootloader --location': ['bootloader --append=quiet', 'bootloader --append=quiet --location=none'],
};

function part(more: string) {
  return `part / --size=4096 --ondisk=sda ${more}`.trim();
}
function volume(more: string) {
  return `logvol / --vgname=v --name=root --size=2048 ${more}`.trim();
}
function raid(more: string) {
  return `raid / --device=md0 --level=1 ${more} raid.1 raid.2`;
}
function thinPool() {
  return 'logvol none --vgname=v --name=p --thinpool --size=4096';
}
function pool(option: string): [string, string] {
  const thin = volume('--thin --poolname=p');
  return [`${thinPool()}\n${thin}`, `${thinPool()} ${option}\n${thin}`];
}
function encrypted(line: string, option: string): [string, string] {
  const before = `${line} --encrypted --passphrase=secret`;
  return [before, `${before} ${option}`];
}
function pbkdf(command: string, line = command): Record<string, [string, string]> {
  return Object.fromEntries(
    ['=argon2id', '-memory=65536', '-time=1000', '-iterations=1000'].map((rest) => [
      `${command} --pbkdf${rest.split('=')[0]}`,
      encrypted(line, `--pbkdf${rest}`),
    ]),
  );
}
function fixed(option: string): [string, string] {
  const before = 'network --device=eno1 --bootproto=static --ip=192.0.2.5 --netmask=255.255.255.0';
  return [before, `${before} ${option}`];
}
function image(url: string): string {
  return `liveimg --url=${url} --checksum=${'0b'.repeat(32)}`;
}

/** Values of options, by name; numbers and texts that are not here are 8 and x. */
export const VALUES: Readonly<Record<string, string>> = {
  ...{ '--fstype': 'ext4', '--fsoptions': 'noatime', '--type': 'plain', '--pesize': '8192' },
  ...{ '--reserved-percent': '10', '--reserved-space': '512', '--size': '2048', '--maxsize': '4096' },
  ...{ '--port': '80:tcp', '--hostname': 'node1', '--nameserver': '192.0.2.2', '--mtu': '9000' },
  ...{ '--ipv6': '2001:db8::2/64', '--vlanid': '20', '--bindto': 'mac', '--onboot': 'no' },
  ...{ '--teamslaves': 'eno2', '--proxy': 'http://192.0.2.9:3128', '--homedir': '/srv/a' },
  ...{ '--shell': '/bin/sh', '--groups': 'wheel', '--uid': '1500', '--gid': '1500' },
  ...{ '--xlayouts': 'us,cz', '--ntpservers': 'ntp.example.com', '--timeout': '5', '--level': 'info' },
  ...{ '--label': 'x', '--mkfsoptions': '-K', '--onbiosdisk': '80', '--list': 'sda1' },
  ...{ '--ipv4-dns-search': 'example.com', '--ipv6-dns-search': 'example.com' },
};
