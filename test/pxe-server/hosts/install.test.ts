import { describe, expect, it } from 'vitest';
import { chooseDisks, isLike, type KnownDisk } from '../../../pxe-server/hosts/install/choose.ts';
import { InstallSettings, type InstallSettingsInput } from '../../../pxe-server/hosts/install/settings.ts';
import { DiskRule } from '../../../pxe-server/hosts/install/storage.ts';

const system = { role: 'system' };
const none = { ipv4: 'none', ipv6: 'none' } as const;
const eth = (device: string) => ({ type: 'ethernet', device }) as const;

describe('what is said of an installation', () => {
  it('may be nothing', () =>
    expect(InstallSettings.parse({})).toMatchObject({ timezone: 'Etc/UTC', ntp: [] }));
  it.each<[string, InstallSettingsInput, string]>([
    ['no system', { storage: { disks: [{ role: 'data' }] } }, 'no rule for the role system'],
    ['a role twice', { storage: { disks: [system, system] } }, 'role system is there twice'],
    [
      'a role for nothing',
      { storage: { disks: [system, { role: 'data' }] } },
      'nothing uses the disks of role data',
    ],
    [
      'an empty range',
      { storage: { disks: [{ ...system, minGiB: 9, maxGiB: 8 }] } },
      'minGiB is above maxGiB',
    ],
    ['two disks without RAID', { storage: { disks: [{ ...system, count: 2 }] } }, '2 disks, and no raid'],
    ['RAID of one', { storage: { disks: [system], raid: 'raid1' } }, 'raid1 needs 2 disks'],
    [
      'a system on RAID 5',
      { storage: { disks: [{ ...system, count: 3 }], raid: 'raid5' } },
      'boots from raid1 only',
    ],
    [
      'no root',
      { storage: { disks: [system], volumes: [{ mountpoint: '/a', sizeMiB: 1 }] } },
      'nothing for /',
    ],
    [
      'data on the disks of the system',
      { storage: { disks: [system], data: [{ role: 'system', mountpoint: '/data' }] } },
      'hold no further data',
    ],
    [
      '/etc apart',
      {
        storage: {
          disks: [system],
          volumes: [
            { mountpoint: '/', sizeMiB: 1 },
            { mountpoint: '/etc', sizeMiB: 1 },
          ],
        },
      },
      'on the root',
    ],
    ['a device twice', { network: [eth('eno1'), eth('eno1')] }, 'eno1 is there twice'],
    [
      'a port of two',
      {
        network: [
          { type: 'bond', name: 'bond0', ports: ['eno1'] },
          { type: 'bridge', name: 'br0', ports: ['eno1'] },
        ],
      },
      'eno1 belongs to bond0 already',
    ],
    [
      'a port with an address',
      { network: [eth('eno1'), { type: 'bridge', name: 'br0', ports: ['eno1'] }] },
      'a port of br0 has no address',
    ],
    [
      'a VLAN before its bond',
      {
        network: [
          { type: 'vlan', over: 'bond0', id: 5 },
          { type: 'bond', name: 'bond0', ports: ['eno1'], ...none },
        ],
      },
      'bond0 has to come before bond0.5',
    ],
    ['a plain password', { root: { passwordHash: 'secret' } }, 'expected a hash'],
    [
      'a key with a line break',
      { root: { sshKeys: [`ssh-ed25519 ${'A'.repeat(20)}\nrootpw x`] } },
      'public key',
    ],
    ['a script that ends its section', { scripts: [{ when: 'post', text: 'x\n%end\n' }] }, 'begins with %'],
    [
      'an address without prefix',
      { network: [{ ...eth('a'), ipv4: { address: '192.0.2.1' } }] },
      'network.0.ipv4',
    ],
    ['a URL with a quote', { source: { url: "http://a/'" } }, 'expected a URL'],
    ['an unknown key', { selinx: 'enforcing' } as InstallSettingsInput, 'selinx'],
  ])('%s is refused', (_, said, message) => {
    const { success, error } = InstallSettings.safeParse(said);
    expect(success).toBe(false);
    const told = error!.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n');
    expect(told).toContain(message);
  });
});

const GIB = 2 ** 30;
const disk = (name: string, gib: number, more: Partial<KnownDisk> = {}): KnownDisk => ({
  ...{ name, size: gib * GIB, model: 'SAMSUNG MZ7LH480', serial: 'S45NNA0', rotational: false },
  ...more,
});
const MACHINE = [
  disk('nvme0n1', 447, { model: 'INTEL P4510', serial: 'BTLJ1' }),
  disk('sda', 1788, { rotational: true }),
  disk('sdb', 1788, { rotational: true, serial: '' }),
  disk('sdc', 223),
];

describe('disks of a known machine', () => {
  it.each<[string, unknown[], RegExp | undefined]>([
    ['one by size', [{ role: 'system', maxGiB: 300 }], undefined],
    ['one by transport', [{ role: 'system', transport: 'nvme' }], undefined],
    ['one by model, upper and lower case alike', [{ role: 'system', model: 'intel*' }], undefined],
    ['two by what they are', [{ role: 'system', rotational: true, count: 2 }], undefined],
    ['the smallest', [{ role: 'system', take: 'smallest' }], undefined],
    [
      'the largest is none of two',
      [{ role: 'system', take: 'largest' }],
      /several have .* bytes, so none is the largest/,
    ],
    ['the two largest', [{ role: 'system', take: 'largest', count: 2 }], undefined],
    ['too many', [{ role: 'system' }], /the rule fits 4, and 1 are asked for: nvme0n1, sda, sdb, sdc/],
    ['none', [{ role: 'system', minGiB: 5000 }], /the rule fits 0, and 1 are asked for: none/],
    ['none by NVMe and rotation', [{ role: 'system', transport: 'nvme', rotational: true }], /fits 0/],
    ['a WWN is for the machine to find', [{ role: 'system', wwn: '0x5*' }], undefined],
    ['a serial that one may have', [{ role: 'system', serial: 'ZZ*' }], undefined],
    ['a transport that some may have', [{ role: 'system', transport: 'sas', count: 4 }], /fits 3, and 4/],
    [
      'one for two roles',
      [
        { role: 'system', transport: 'nvme' },
        { role: 'data', model: 'INTEL*' },
      ],
      /nvme0n1 fits the rules of system and of data/,
    ],
  ])('%s', (_, rules, message) => {
    const parsed = rules.map((rule) => DiskRule.parse(rule));
    const choose = () => chooseDisks('node1', parsed, MACHINE);
    if (message)
      expect(choose).toThrow(
        expect.objectContaining({ code: 'disks-unfit', message: expect.stringMatching(message) }),
      );
    else expect(choose).not.toThrow();
  });
  it.each<[string, unknown[], Record<string, string[]>]>([
    ['by WWN, upper and lower case alike', [{ role: 'system', wwn: '0X5000A*' }], { system: ['sdb'] }],
    ['by transport', [{ role: 'system', transport: 'sas' }], { system: ['sdb'] }],
    [
      'in the order of their names',
      [{ role: 'system', transport: 'sata', count: 2 }],
      { system: ['sda', 'sdc'] },
    ],
    [
      'in the order of their sizes, where these choose',
      [{ role: 'system', take: 'smallest', count: 3 }],
      { system: ['sdc', 'sda', 'sdb'] },
    ],
    ['none yet, where some may have the serial', [{ role: 'system', model: 'samsung*', serial: 'x' }], {}],
  ])('are chosen %s', (_, rules, expected) => {
    const disks = [
      disk('sdc', 100, { transport: 'sata', wwn: '0x5000c1', serial: '' }),
      disk('sdb', 300, { transport: 'sas', wwn: '0x5000a1' }),
      disk('sda', 200, { transport: 'sata', wwn: '0x5000b1' }),
    ];
    const found = chooseDisks(
      'node1',
      rules.map((rule) => DiskRule.parse(rule)),
      disks,
    );
    expect(Object.fromEntries(found)).toEqual(expected);
  });
  it.each<[string, string, boolean]>([
    ['abc', 'abc', true],
    ['abc', 'ab', false],
    ['abc', '*', true],
    ['', '*', true],
    ['abc', 'a*c', true],
    ['ac', 'a*c', true],
    ['a', 'a*a', false],
    ['abcbd', 'a*b*d', true],
    ['abd', '*b*b*', false],
    ['x.y', 'x?y', false],
  ])('%j is like %j: %s', (text, wanted, expected) => expect(isLike(text, wanted)).toBe(expected));
});
