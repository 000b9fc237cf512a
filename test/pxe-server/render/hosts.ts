import { InstallSettings, type InstallSettingsInput } from '../../../pxe-server/hosts/install/settings.ts';
import { RELEASES, type Release } from '../../../pxe-server/kickstart/releases.ts';
import type { KickstartTold } from '../../../pxe-server/render/context/build.ts';

/** Hosts that every shipped template is rendered for. */

export const KEY = `ssh-ed25519 ${'A'.repeat(68)} operator@example.test`;
export const HASH = '$6$saltsalt$abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ./';
const OTHER_KEY = `ecdsa-sha2-nistp256 ${'B'.repeat(60)}= it's #1 "key"`;
const SOURCE = {
  url: 'http://mirror.example.test/el/BaseOS/os/',
  repositories: [{ name: 'AppStream', url: 'http://mirror.example.test/el/AppStream/os/?arch=x86_64&a=$b' }],
};
const SYSTEM = { role: 'system', minGiB: 100 };
const WIPE = { disks: 'all' } as const;
const none = { ipv4: 'none', ipv6: 'none' } as const;
const bond = { type: 'bond' as const, name: 'bond0', ports: ['eno1', 'eno2'] };

export const IMAGE: KickstartTold['image'] = {
  ...{ id: '0123456789abcdef', name: 'el9', tags: [], folder: '/images/0123456789abcdef', papers: [] },
  ...{ kernelArguments: ['console=ttyS0,115200'], ramRequired: 1024 },
  artifacts: [{ role: 'rootfs', file: 'rootfs.squashfs', size: 1, sha256: 'a'.repeat(64) }],
} as unknown as KickstartTold['image'];

/** Name → what is said of it; each is tried on one release, in turn, and those in EVERY on all three. */
const SAID: Record<string, InstallSettingsInput> = {
  nothing: {},
  root: { root: { passwordHash: HASH, sshKeys: [OTHER_KEY] } },
  users: {
    users: [
      { name: 'ann', uid: 1500, groups: ['wheel', 'libvirt'], passwordHash: HASH, sshKeys: [KEY, OTHER_KEY] },
      { name: 'bob', sshKeys: [KEY] },
    ],
  },
  locale: { timezone: 'Europe/Berlin', language: 'de_DE', keyboard: 'de-nodeadkeys' },
  ntp: { ntp: ['192.0.2.5', 'ntp.example.test', '2001:db8::5'] },
  proxy: { proxy: 'http://proxy.example.test:3128' },
  'proxy-login': { proxy: 'http://user:pa%20ss@proxy.example.test:3128/' },
  permissive: { selinux: 'permissive' },
  'selinux-off': { selinux: 'disabled' },
  firewall: { firewall: { services: ['ssh', 'cockpit'], ports: ['16514:tcp', '49152-49216:tcp'] } },
  'firewall-off': { firewall: { enabled: false } },
  consoles: { consoles: ['tty0', 'ttyS1,115200n8'] },
  manager: { manager: { url: 'https://192.0.2.1:8443', ca: 'c'.repeat(64) } },
  packages: { packages: ['tuned', '@development', 'vim-enhanced'] },
  'disk-size': { storage: { disks: [SYSTEM] } },
  'disk-range': { storage: { disks: [{ role: 'system', minGiB: 200, maxGiB: 300 }] } },
  'disk-nvme': { storage: { disks: [{ role: 'system', transport: 'nvme' }] } },
  'disk-serial': { storage: { disks: [{ role: 'system', serial: 'S3Z9NX0M*' }] } },
  'disk-wwn': { storage: { disks: [{ role: 'system', wwn: '0x5002538e40b4d2f1' }] } },
  'disk-model': { storage: { disks: [{ role: 'system', model: 'DELLBOSS VD', rotational: false }] } },
  'disk-smallest': { storage: { disks: [{ role: 'system', take: 'smallest' }] } },
  'disk-largest': { storage: { disks: [{ role: 'system', take: 'largest', transport: 'sas' }] } },
  'disk-auto': { storage: { layout: 'auto', disks: [SYSTEM] } },
  'disk-plain': { storage: { layout: 'plain', disks: [SYSTEM], swapMiB: 0 } },
  'disk-volumes': {
    storage: {
      disks: [SYSTEM],
      volumeGroup: 'vg0',
      swapMiB: 512,
      bootMiB: 2048,
      volumes: [
        { mountpoint: '/', sizeMiB: 20_000, fileSystem: 'ext4', grow: true },
        { mountpoint: '/var/lib/libvirt', sizeMiB: 50_000 },
      ],
    },
  },
  'raid-bios': { storage: { disks: [{ ...SYSTEM, count: 2 }], raid: 'raid1', firmware: 'bios' } },
  'raid-uefi': { storage: { disks: [{ ...SYSTEM, count: 2 }], raid: 'raid1', firmware: 'uefi' } },
  'raid-inventory': { storage: { disks: [{ ...SYSTEM, count: 3 }], raid: 'raid1', layout: 'plain' } },
  data: {
    storage: {
      disks: [
        { role: 'system', maxGiB: 500 },
        { role: 'data', minGiB: 501 },
      ],
      data: [{ role: 'data', mountpoint: '/var/lib/libvirt/images' }],
    },
  },
  'data-raid10': {
    storage: {
      disks: [
        { role: 'system', transport: 'nvme', count: 2 },
        { role: 'data', rotational: true, count: 4 },
        { role: 'fast', model: 'P58*', count: 2 },
      ],
      raid: 'raid1',
      firmware: 'uefi',
      data: [
        { role: 'data', mountpoint: '/srv', raid: 'raid10' },
        { role: 'fast', mountpoint: '/var/lib/libvirt/images', raid: 'raid0', fileSystem: 'ext4' },
      ],
    },
  },
  'net-mac': { network: [{ type: 'ethernet', device: '52-54-00-AB-CD-EF' }] },
  'net-static': {
    network: [
      {
        ...{ type: 'ethernet', device: 'eno1', dns: ['192.0.2.53', '2001:db8::53'], mtu: 9000 },
        ipv4: { address: '192.0.2.10/24', gateway: '192.0.2.1' },
        ipv6: { address: '2001:db8::10/64', gateway: '2001:db8::1' },
      },
    ],
  },
  'net-ipv6': { network: [{ type: 'ethernet', device: 'eno1', ipv4: 'none', ipv6: 'dhcp' }] },
  'net-ipv4': { network: [{ type: 'ethernet', device: 'bootif', ipv6: 'none' }] },
  'net-prefix31': {
    network: [{ type: 'ethernet', device: 'eno1', ipv4: { address: '192.0.2.0/31', gateway: '192.0.2.1' } }],
  },
  'net-two': {
    network: [
      { type: 'ethernet', device: 'eno1' },
      {
        ...{ type: 'ethernet', device: 'eno2', noDefaultRoute: true, ipv6: 'none' },
        ipv4: { address: '198.51.100.7/28' },
      },
    ],
  },
  'net-lacp': { network: [{ ...bond }] },
  'net-backup': { network: [{ ...bond, mode: 'active-backup', miimon: 200 }] },
  'net-vlan': {
    network: [
      { type: 'ethernet', device: 'eno1', ...none },
      { type: 'vlan', over: 'eno1', id: 100, name: 'storage' },
    ],
  },
  'net-bond-vlan': {
    network: [
      { ...bond, ...none },
      { type: 'vlan', over: 'bond0', id: 4094, ipv4: { address: '203.0.113.4/26', gateway: '203.0.113.1' } },
    ],
  },
  'net-bridge': {
    network: [
      { type: 'ethernet', device: 'eno1', ...none },
      { type: 'bridge', name: 'ovirtmgmt', ports: ['eno1'], stp: true },
    ],
  },
  'net-all': {
    network: [
      { ...bond, lacpRate: 'slow', hash: 'layer2+3', mtu: 9000, ...none },
      { type: 'vlan', over: 'bond0', id: 20, ...none },
      { type: 'bridge', name: 'br20', ports: ['bond0.20'], dns: ['192.0.2.53'] },
      { type: 'ethernet', device: 'eno3', noDefaultRoute: true },
    ],
  },
  scripts: {
    scripts: [
      { when: 'pre', text: 'echo before\n' },
      { when: 'pre-install', text: 'ls /mnt/sysimage', mustSucceed: false },
      { when: 'post', text: "cat >/etc/motd <<'EOF'\n{{ not a template }} {% nor this %}\nEOF\n" },
      { when: 'post', chroot: false, text: 'cp /tmp/*.log /mnt/sysimage/root/' },
    ],
  },
  'wipe-rules': { wipe: { disks: [SYSTEM], method: 'discard' } },
  'wipe-zero': { wipe: { disks: 'all', method: 'zero', afterwards: 'reboot' } },
};

const EVERY = [
  'nothing',
  'users',
  'ntp',
  'disk-size',
  'raid-uefi',
  'data-raid10',
  'net-static',
  'net-all',
  'scripts',
];

const EVERYTHING: InstallSettingsInput = {
  ...{ ...SAID.root, ...SAID.users, ...SAID.locale, ...SAID.ntp, ...SAID.firewall },
  ...{ ...SAID.consoles, ...SAID.manager, ...SAID['data-raid10'], ...SAID['net-all'], ...SAID.scripts },
};

export interface TableHost {
  name: string;
  release: Release;
  told: KickstartTold;
}

export const HOSTS: readonly TableHost[] = [
  ...Object.entries(SAID).flatMap(([name, said], i) =>
    (EVERY.includes(name) ? RELEASES : [RELEASES[i % 3]!]).map((release) => host(name, said, release)),
  ),
  ...RELEASES.map((release) => host('everything', EVERYTHING, release)),
];

function host(what: string, said: InstallSettingsInput, release: Release): TableHost {
  const name = `${release}-${what}`;
  const install = InstallSettings.parse({ source: SOURCE, wipe: WIPE, ...said });
  return {
    name,
    release,
    told: {
      host: { id: '00000000-0000-4000-8000-000000000000', name, kernelArguments: ['quiet'], install },
      ...{ image: IMAGE, base: 'http://192.0.2.1', sshKeys: [KEY], release },
      ...(what === 'raid-inventory' ? { firmware: 'bios' as const } : {}),
      ...(what === 'everything'
        ? {
            callback: {
              url: 'https://192.0.2.1:8443/agent/v1/install',
              token: '00112233445566778899aabbccddeeff',
              ca: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
            },
            self: { url: 'https://192.0.2.1:8443', ca: 'c'.repeat(64), token: 'd'.repeat(32) },
          }
        : {}),
    },
  };
}
