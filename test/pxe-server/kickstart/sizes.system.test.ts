import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { InstallStep } from '../../../builder/contract/install-plan.ts';
import { run } from '../../../builder/shared/process/run.ts';
import { checkKickstart } from '../../../pxe-server/kickstart/check.ts';
import { compileKickstart } from '../../../pxe-server/kickstart/plan/compile.ts';
import {
  extentsOf,
  LEAST_SYSTEM,
  LONGEST_LABEL,
  luksOffset,
  MIB,
  usableSectors,
} from '../../../pxe-server/kickstart/plan/sizes.ts';
import { inventoryWith } from './inventory.ts';

/**
 * What the plan has computed, carried out by the tools themselves: on sparse files, and for LVM on loop devices without
 * the device mapper. Thin pools and mdadm need their drivers in the kernel, and are left out where these are not there.
 */
let folder: string;
const loops: string[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rackhand-sizes-'));
});
afterEach(async () => {
  for (const loop of loops.splice(0)) await run(['losetup', '-d', loop]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function sparse(bytes: number): string {
  const path = join(folder, 'disk');
  rmSync(path, { force: true });
  const file = openSync(path, 'w', 0o600);
  ftruncateSync(file, bytes);
  closeSync(file);
  return path;
}
async function loopDevice(bytes: number): Promise<string> {
  const { stdout } = await run(['losetup', '--find', '--show', sparse(bytes)]);
  loops.push(stdout.trim());
  return loops[0]!;
}

const GIB = 1024 * MIB;
/** Sizes of real drives, and some that divide badly. */
const DISKS = [20 * GIB, 1_920_383_410_176, 20 * GIB - 512 * 34, 64_000_000_512];

function stepsOf(size: number, layout: string): InstallStep[] {
  const text = `liveimg --url=http://192.0.2.1/r --checksum=${'0a'.repeat(32)}
rootpw --iscrypted $6$s$${'h'.repeat(86)}
sshkey --username=root "ssh-ed25519 ${'A'.repeat(32)}"
clearpart --all --initlabel
${layout}
`;
  const disks = [
    { name: 'sda', size, serial: 'S', model: 'M', rotational: false, wwn: '', transport: '', path: '' },
  ];
  const compiled = compileKickstart(checkKickstart(text, { release: 'el9' }), inventoryWith({ disks }));
  if ('refused' in compiled) throw new Error(compiled.refused.map(({ message }) => message).join('; '));
  return compiled.plan.steps;
}
const only = <Name extends InstallStep['do']>(steps: readonly InstallStep[], name: Name) =>
  steps.filter((step): step is InstallStep & { do: Name } => step.do === name);

describe.each(DISKS)('a disk of %i bytes', (size) => {
  const layout = 'reqpart --add-boot\npart swap --size=1\npart / --size=3000 --grow';
  it('sgdisk and parted find the partitions where the plan has them', async () => {
    const parts = only(stepsOf(size, layout), 'partition');
    const disk = sparse(size);
    const made = parts.map(({ number, start, sectors }) => `--new=${number}:${start}:${start + sectors - 1}`);
    await run(['sgdisk', '--set-alignment=2048', '--clear', ...made, disk]);
    expect((await run(['sgdisk', '--verify', disk])).stdout).toContain('No problems found');
    const { stdout } = await run(['parted', '--script', '--machine', disk, 'unit', 's', 'print']);
    const found = stdout.split('\n').flatMap((line) => {
      const [, number, start, end] = /^(\d+):(\d+)s:(\d+)s:/.exec(line) ?? [];
      return number === undefined ? [] : [[Number(number), Number(start), Number(end)]];
    });
    expect(found).toEqual(parts.map(({ number, start, sectors }) => [number, start, start + sectors - 1]));
    for (const [i] of parts.entries())
      await run(['parted', '--script', disk, 'align-check', 'optimal', String(i + 1)]);
  });
  it('the last whole MiB is the last that sgdisk would use', async () => {
    const disk = sparse(size);
    await run(['sgdisk', '--clear', disk]);
    const { stdout } = await run(['sgdisk', '--end-of-largest', disk]);
    const usable = Number(stdout.trim().split('\n').at(-1)) + 1;
    const { end } = usableSectors(size);
    expect(end).toBeLessThanOrEqual(usable);
    expect(usable - end).toBeLessThan(2048);
  });
});

/** LVM without the device mapper: metadata alone, which is where sizes are. */
const lvm = async (...argv: string[]) => {
  const config = `devices { filter=["a|^${loops[0]}$|","r|.*|"] } activation { monitoring=0 }`;
  const options = ['--driverloaded', 'n', '--config', config];
  const env = { LVM_SUPPRESS_FD_WARNINGS: '1', PATH: process.env.PATH! };
  return (await run(['lvm', ...argv, ...options], { env })).stdout.trim();
};

describe.each([4, 1, 8, 32])('a volume group in extents of %i MiB', (extent) => {
  it.each([64 * MIB, 1023 * MIB, 1024 * MIB, 1025 * MIB, 10 * GIB + 3 * MIB])('on %i bytes', async (size) => {
    const device = await loopDevice(size);
    await lvm('pvcreate', '-ff', '-y', device);
    await lvm('vgcreate', '-s', `${extent}m`, 'rackhandsizes', device);
    const count = await lvm('vgs', '--noheadings', '-o', 'vg_extent_count', 'rackhandsizes');
    await lvm('vgremove', '-ff', '-y', 'rackhandsizes');
    expect(Number(count)).toBe(extentsOf(size, extent * MIB));
  });
});
it('volumes have the extents that the plan gives them, and what is reserved is left', async () => {
  const steps = stepsOf(
    20 * GIB,
    `reqpart --add-boot
part pv.1 --size=1024 --grow
volgroup v pv.1 --reserved-percent=10
logvol swap --vgname=v --name=swap --size=1023
logvol /var --vgname=v --name=var --percent=50
logvol / --vgname=v --name=root --size=2000 --grow`,
  );
  const [group] = only(steps, 'volume-group');
  const pv = only(steps, 'partition').find(({ type }) => type === 'lvm')!;
  const device = await loopDevice(pv.sectors * 512);
  await lvm('pvcreate', '-ff', '-y', device);
  await lvm('vgcreate', '-s', `${group!.extent}b`, 'rackhandsizes', device);
  const volumes = only(steps, 'volume');
  for (const { name, extents } of volumes)
    await lvm('lvcreate', '-y', '-an', '-Zn', '-Wn', '-l', String(extents), '-n', name, 'rackhandsizes');
  const columns = ['--noheadings', '--nosuffix', '--units', 'b', '--separator', ' '];
  const told = await lvm('lvs', ...columns, '-o', 'lv_name,lv_size', 'rackhandsizes');
  const free = Number(await lvm('vgs', '--noheadings', '-o', 'vg_free_count', 'rackhandsizes'));
  await lvm('vgremove', '-ff', '-y', 'rackhandsizes');
  const sizes = Object.fromEntries(told.split('\n').map((line) => line.trim().split(' ')));
  expect(sizes).toEqual(Object.fromEntries(volumes.map(({ name, size }) => [name, String(size)])));
  expect(free).toBe(Math.ceil(group!.extents / 10));
});

it.each(['luks1', 'luks2'] as const)('the data of %s begins where the plan has it', async (version) => {
  const offset = luksOffset(version);
  const disk = sparse(64 * MIB);
  const cheap = ['--pbkdf', 'pbkdf2', '--pbkdf-force-iterations', '1000'];
  const place = ['--type', version, '--offset', String(offset / 512)];
  await run(['cryptsetup', 'luksFormat', '--batch-mode', ...place, ...cheap, disk, '-'], { input: 'secret' });
  const { stdout } = await run(['cryptsetup', 'luksDump', disk]);
  const found =
    /offset: (\d+) \[bytes\]/.exec(stdout)?.[1] ?? Number(/Payload offset:\s+(\d+)/.exec(stdout)?.[1]) * 512;
  expect(Number(found)).toBe(offset);
});

const MAKE: Record<string, (label: string) => string[]> = {
  xfs: (label) => ['mkfs.xfs', '-q', '-f', '-L', label],
  ext2: (label) => ['mkfs.ext2', '-q', '-F', '-L', label],
  ext3: (label) => ['mkfs.ext3', '-q', '-F', '-L', label],
  ext4: (label) => ['mkfs.ext4', '-q', '-F', '-L', label],
  vfat: (label) => ['mkfs.vfat', '-n', label],
  swap: (label) => ['mkswap', '-L', label],
};
describe.each(Object.keys(LONGEST_LABEL))('%s', (type) => {
  const least = LEAST_SYSTEM[type] ?? MIB;
  const make = async (size: number, label: string) => {
    const { code } = await run([...MAKE[type]!(label), sparse(size)], { okCodes: [0, 1] });
    return code === 0;
  };
  it('is made as small as a plan allows', async () => expect(await make(least, 'L')).toBe(true));
  it('has a label as long as a plan allows', async () =>
    expect(await make(least, 'L'.repeat(LONGEST_LABEL[type]!))).toBe(true));
});
it('mkfs.xfs makes nothing that is smaller', async () => {
  const { code } = await run(['mkfs.xfs', '-q', '-f', sparse(LEAST_SYSTEM.xfs! - MIB)], { okCodes: [0, 1] });
  expect(code).toBe(1);
});

it('a thin pool takes its extents, its metadata and a spare of it', async ({ skip }) => {
  skip(
    !/device-mapper/.test(readFileSync('/proc/devices', 'utf8')),
    'this kernel has no device mapper: LVM makes no thin pools',
  );
  const device = await loopDevice(10 * GIB);
  const pool = async (...argv: string[]) => (await run(['lvm', ...argv])).stdout.trim();
  await pool('pvcreate', '-ff', '-y', device);
  await pool('vgcreate', '-s', '4m', 'rackhandsizes', device);
  await pool(
    ...'lvcreate -y -an -Zn --type thin-pool -l 500 --poolmetadatasize 8m -c 64k -n p rackhandsizes'.split(
      ' ',
    ),
  );
  const free = Number(await pool('vgs', '--noheadings', '-o', 'vg_free_count', 'rackhandsizes'));
  await pool('vgremove', '-ff', '-y', 'rackhandsizes');
  expect(extentsOf(10 * GIB, 4 * MIB) - free).toBe(500 + 2 + 2);
});
