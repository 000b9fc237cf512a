import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import {
  type InstallPlan,
  type InstallStep,
  installPlanSchema,
} from '../../../builder/contract/install-plan.ts';
import type { Inventory } from '../../../builder/contract/inventory.ts';
import { checkKickstart } from '../../../pxe-server/kickstart/check.ts';
import { compileKickstart } from '../../../pxe-server/kickstart/plan/compile.ts';
import { shareOut } from '../../../pxe-server/kickstart/plan/grow.ts';
import { planText } from '../../../pxe-server/kickstart/plan/picture.ts';
import { raidSize, thinMetadata, usableSectors } from '../../../pxe-server/kickstart/plan/sizes.ts';
import { inventoryWith } from './inventory.ts';
import { samples } from './samples.ts';

const MIB = 1024 ** 2;
const BASE = `liveimg --url=http://192.0.2.1/r --checksum=${'0a'.repeat(32)}
rootpw --iscrypted $6$s$${'h'.repeat(86)}
reboot
clearpart --all --initlabel
`;
const compile = (text: string, over?: Partial<Inventory>) =>
  compileKickstart(checkKickstart(text, { release: 'el9' }), inventoryWith(over));
function planOf(text: string, over?: Partial<Inventory>): InstallPlan {
  const compiled = compile(text, over);
  if ('refused' in compiled) throw new Error(compiled.refused.map(({ message }) => message).join('; '));
  return compiled.plan;
}
function steps<Name extends InstallStep['do']>(plan: InstallPlan, name: Name) {
  return plan.steps.filter((step): step is InstallStep & { do: Name } => step.do === name);
}

describe('arithmetic', () => {
  it('a disk of 100 GiB has 102,398 MiB between its labels', () => {
    const { first, end } = usableSectors(100 * 1024 * MIB);
    expect([first, end, (end - first) / 2048]).toEqual([2048, 209_713_152, 102_398]);
  });
  it.each([
    [
      'in proportion',
      [
        [100, true],
        [300, true],
      ],
      800,
      [200, 600],
    ],
    [
      'only those that grow',
      [
        [100, false],
        [300, true],
      ],
      800,
      [100, 700],
    ],
    [
      'as far as the limit',
      [
        [100, true, 150],
        [100, true],
      ],
      800,
      [150, 650],
    ],
    [
      'what does not divide',
      [
        [1, true],
        [1, true],
        [1, true],
      ],
      11,
      [4, 4, 3],
    ],
    ['nothing is free', [[5, true]], 5, [5]],
    [
      'every limit reached',
      [
        [5, true, 6],
        [5, true, 7],
      ],
      100,
      [6, 7],
    ],
  ] as [string, [number, boolean, number?][], number, number[]][])('%s', (_what, parts, total, sizes) => {
    expect(
      shareOut(
        parts.map(([size, grow, limit]) => ({ size, grow, limit })),
        total,
      ),
    ).toEqual(sizes);
  });
  it.each([
    ['0', 2, 2 * (1024 - 8)],
    ['1', 2, 1024 - 8],
    ['5', 3, 2 * (1024 - 8)],
    ['6', 4, 2 * (1024 - 8)],
    ['10', 4, 2 * (1024 - 8)],
    ['linear', 2, 2 * (1024 - 8)],
  ])('RAID %s of %i members of 1 GiB has %i MiB', (level, active, mib) => {
    const sizes = Array.from({ length: active }, () => 1024 * MIB);
    expect(raidSize(level, active, 1024 * MIB, 512 * 1024, sizes) / MIB).toBe(mib);
  });
  it('a thin pool of 100 GiB in chunks of 64 KiB has 100 MiB of metadata', () => {
    expect(thinMetadata(100 * 1024 * MIB, 64 * 1024) / MIB).toBe(100);
  });
});

it('partitions follow each other in whole MiB, and the last one takes what is left', () => {
  const plan = planOf(
    `${BASE}ignoredisk --only-use=sda\nreqpart\npart /boot --size=1024\npart / --size=4096 --grow`,
  );
  expect(
    steps(plan, 'partition').map(({ device, start, sectors, type }) => [device, start, sectors, type]),
  ).toEqual([
    ['sda1', 2048, 600 * 2048, 'efi'],
    ['sda2', 601 * 2048, 1024 * 2048, 'linux'],
    ['sda3', 1625 * 2048, 100_774 * 2048, 'linux'],
  ]);
  expect(steps(plan, 'mount').map(({ mountpoint, type }) => [mountpoint, type])).toEqual([
    ['/', 'xfs'],
    ['/boot', 'xfs'],
    ['/boot/efi', 'vfat'],
  ]);
  expect(plan.disks).toEqual([{ name: 'sda', size: 100 * 1024 * MIB, serial: 'SER1', model: 'DISK' }]);
});

it('the layout that oVirt documents, in thin volumes', () => {
  const text = samples
    .image!.replace('/dev/disk/by-id/wwn-0x5000c500a1b2c3d4', '/dev/disk/by-id/ata-DISK_SER1')
    .replace('%post --erroronfail', '%post --erroronfail');
  const plan = planOf(text);
  expect(steps(plan, 'volume-group')).toEqual([
    // 102,398 MiB less 600 and 1024; one MiB is LVM's own.
    { do: 'volume-group', line: 16, name: 'rackhand', members: ['sda3'], extent: 4 * MIB, extents: 25_193 },
  ]);
  const [pool] = steps(plan, 'thin-pool');
  const [swap] = steps(plan, 'volume');
  expect(swap!.extents).toBe(1024);
  // Metadata for the whole group, and as much again for LVM's spare.
  expect(pool!.metadataExtents).toBe(25);
  expect(pool!.extents).toBe(25_193 - 1024 - 2 * 25);
  expect(steps(plan, 'thin-volume').map(({ name, size }) => [name, size / MIB])).toEqual([
    ['root', 6144],
    ['home', 1024],
    ['tmp', 1024],
    ['var', 10_240],
    ['crash', 10_240],
    ['log', 8192],
    ['audit', 2048],
  ]);
  expect(planText(plan, inventoryWith())).toContain(`disks after
  sda  100 GiB, GPT
  ├─ sda1  sectors 2048 to 1230847  600 MiB  /boot/efi, vfat
  ├─ sda2  sectors 1230848 to 3327999  1 GiB  /boot, xfs
  └─ sda3  sectors 3328000 to 209713151  98.4 GiB  of rackhand
  rackhand  25193 extents of 4 MiB
  ├─ swap  4 GiB  swap
`);
});

it('RAID, encryption and volumes on BIOS', () => {
  const raid = `ignoredisk --only-use=sda,sdb
part biosboot --fstype=biosboot --size=1 --ondisk=sda
part raid.1 --size=1024 --ondisk=sda
part raid.2 --size=1024 --ondisk=sdb
part raid.3 --size=8192 --ondisk=sda
part raid.4 --size=8192 --ondisk=sdb
raid /boot --device=md0 --level=1 raid.1 raid.2
raid pv.1 --device=md1 --level=1 raid.3 raid.4 --encrypted --passphrase=x
volgroup vg pv.1 --reserved-percent=10
logvol / --vgname=vg --name=root --percent=50 --fstype=ext4
logvol swap --vgname=vg --name=swap --size=513`;
  const plan = planOf(BASE + raid, { firmware: 'bios' });
  expect(steps(plan, 'raid').map(({ device, size }) => [device, size / MIB])).toEqual([
    ['md/md0', 1016],
    ['md/md1', 8184],
  ]);
  expect(steps(plan, 'encrypt')[0]).toMatchObject({ device: 'md/md1', size: (8184 - 16) * MIB });
  // 8168 MiB less 1, in extents of 4; a tenth, rounded up, is kept.
  expect(steps(plan, 'volume-group')[0]!.extents).toBe(2041);
  expect(steps(plan, 'volume').map(({ name, extents }) => [name, extents])).toEqual([
    ['root', Math.floor((2041 - 205 - 129) / 2)],
    ['swap', 129],
  ]);
  expect(steps(plan, 'boot-loader')[0]).toMatchObject({ firmware: 'bios', disk: 'sda' });
});

it.each(['lvm', 'plain', 'thinp'])('autopart --type=%s lays the whole disk out', (type) => {
  for (const firmware of ['bios', 'uefi'] as const) {
    const plan = planOf(`${BASE}ignoredisk --only-use=sdb\nautopart --type=${type}`, { firmware });
    expect(steps(plan, 'mount').map(({ mountpoint }) => mountpoint)).toEqual(
      firmware === 'uefi' ? ['/', '/boot', '/boot/efi', '/home'] : ['/', '/boot', '/home'],
    );
    expect(steps(plan, 'swap')).toHaveLength(1);
  }
});

it('networks are keyfiles', () => {
  const text = `${BASE}ignoredisk --only-use=sda\nautopart
network --hostname=node1.example.com
network --device=bond0 --bondslaves=eno1,eno2 --bondopts=mode=802.3ad,miimon=100 --bootproto=static --ip=192.0.2.5 --netmask=255.255.255.0 --gateway=192.0.2.1 --nameserver=192.0.2.2,2001:db8::1 --noipv6
network --device=bond0 --vlanid=20 --noipv4 --ipv6=2001:db8::5/64 --nodefroute`;
  const files = Object.fromEntries(
    steps(planOf(text), 'file').map(({ path, text: body }) => [path.split('/').at(-1), body]),
  );
  expect(files.hostname).toBe('node1.example.com\n');
  expect(files['bond0.nmconnection']).toBe(`[connection]
id=bond0
type=bond
interface-name=bond0

[bond]
mode=802.3ad
miimon=100

[ipv4]
method=manual
address1=192.0.2.5/24
gateway=192.0.2.1
dns=192.0.2.2;

[ipv6]
method=disabled
`);
  expect(files['eno2.nmconnection']).toBe(
    '[connection]\nid=eno2\ntype=ethernet\ninterface-name=eno2\nmaster=bond0\nslave-type=bond\n',
  );
  expect(files['bond0.20.nmconnection']).toContain('[vlan]\nid=20\nparent=bond0\n');
});

describe('what is refused, with its line', () => {
  const DISK = 'ignoredisk --only-use=sda\nreqpart\npart / --size=4096\n';
  it.each<[string, string, string[]]>([
    ['several disks', `${BASE}reqpart\npart / --size=4096\n`, ['5 disk-ambiguous', '6 disk-ambiguous']],
    ['no such disk', `${BASE}part / --size=4096 --ondisk=sdz\n`, ['5 disk-absent']],
    [
      'a path of the bus',
      `${BASE}clearpart --all --drives=/dev/disk/by-path/pci-1\n${DISK}`,
      ['5 disk-absent'],
    ],
    ['too large', `${BASE}ignoredisk --only-use=sda\nreqpart\npart / --size=102000\n`, ['7 space-short']],
    [
      'too large for its group',
      `${BASE}ignoredisk --only-use=sda\nreqpart\npart /boot --size=1024\npart pv.1 --size=100\nvolgroup v pv.1\nlogvol / --vgname=v --name=r --size=100\n`,
      ['10 space-short'],
    ],
    [
      'packages',
      `${DISK}clearpart --all\nrootpw --iscrypted !!\nsshkey --username=root "ssh-ed25519 ${'A'.repeat(32)}"\nurl --url=https://example.com/\n`,
      ['7 not-compiled'],
    ],
    ['what is there already', `${BASE}ignoredisk --only-use=sda\npart / --onpart=sda3\n`, ['6 not-compiled']],
    ['mounts', `${BASE}mount /dev/sda1 /\n`, ['5 not-compiled']],
    ['no new label', BASE.replace('clearpart --all --initlabel\n', '') + DISK, ['5 label-absent']],
    ['nothing to boot from', `${BASE}ignoredisk --only-use=sda\npart / --size=4096\n`, ['6 boot-unreadable']],
    ['a command without steps', `${BASE}${DISK}iscsiname x\n`, ['8 not-compiled']],
    ['a section without steps', `${BASE}${DISK}%addon x\n%end\n`, ['8 not-compiled']],
    ['a password in clear', `${BASE}${DISK}user --name=a --password=x\n`, ['8 not-compiled']],
    ['a NIC that is not there', `${BASE}${DISK}network --device=eth7\n`, ['8 nic-absent']],
    ['what the installer would include', `${BASE}${DISK}%include /tmp/x\n`, ['8 not-compiled']],
    ['what no step can have', `${BASE}${DISK}%post --log=here\n%end\n`, ['8 not-compiled']],
    ['what cannot be done at all', `${BASE}part / --size=-5\n`, ['5 number-outside']],
  ])('%s', (_what, text, told) => {
    const compiled = compile(text);
    expect(
      'refused' in compiled && compiled.refused.map(({ place, code }) => `${place.line} ${code}`),
    ).toEqual(told);
  });
  it('tells the arithmetic', () => {
    const compiled = compile(`${BASE}ignoredisk --only-use=sda\nreqpart\npart / --size=102000\n`);
    expect('refused' in compiled && compiled.refused[0]!.message).toBe(
      'sda (100 GiB) has 102398 MiB for partitions, one and the end being the label’s; 600 + 102000 = 102600 MiB are 202 too many',
    );
  });
});

it('plans fit the schema that is published', () => {
  const ajv = new Ajv2020.default({ strict: false });
  addFormats.default(ajv);
  const validate = ajv.compile(installPlanSchema());
  const plan = planOf(`${BASE}ignoredisk --only-use=sda\nautopart\n%post\ndate\n%end`);
  expect(validate(plan), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ ...plan, steps: [{ do: 'partition', line: 1 }] })).toBe(false);
});

it('what is shown has no secrets in it', () => {
  const text = `${BASE}ignoredisk --only-use=sda\nautopart --encrypted --passphrase=hunter2`;
  expect(planText(planOf(text), inventoryWith())).not.toMatch(/hunter2|\$6\$/);
});
