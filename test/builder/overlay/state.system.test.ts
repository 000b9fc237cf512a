import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stateFormatArguments } from '../../../builder/media/usb-arguments.ts';
import { partitionScript, SECTOR, usbLayout } from '../../../builder/media/usb-layout.ts';
import { run } from '../../../builder/shared/process/run.ts';
import { LIBRARY, OVERLAY, PROGRAMS, SHELLS } from './shell.ts';

// The image's own programs on a real ext4 in a file. /sys is a tree of fixtures; the table is written by the real
// sgdisk on a file, and mount takes the partition's file by a loop device.

const layout = usbLayout('test', { esp: 1, image: 1 });
const { state } = layout;
const GROWN = 1048576;

interface Table {
  lastlba: number;
  partitions: { name: string; start: number; size: number }[];
}

let made: string;
beforeAll(async () => {
  made = await mkdtemp(join(tmpdir(), 'rackhand-ext4-'));
  await writeFile(join(made, 'fs'), '');
  await truncate(join(made, 'fs'), state.size * SECTOR);
  const env = { MKE2FS_CONFIG: '/dev/null' };
  await run(stateFormatArguments(join(made, 'fs'), { ...state, start: 0 }), { env });
  await writeFile(join(made, 'disk'), '');
  await truncate(join(made, 'disk'), GROWN * SECTOR);
  const options = { input: partitionScript(layout), timeout: 20_000 };
  await run(['sfdisk', '--quiet', '--no-reread', '--no-tell-kernel', join(made, 'disk')], options);
});
afterAll(() => rm(made, { recursive: true, force: true }));

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rackhand-state-'));
  await mkdir(join(root, 'dev'));
  await copyFile(join(made, 'fs'), join(root, 'dev/sdz4'));
  await copyFile(join(made, 'disk'), join(root, 'dev/sdz'));
  await file('dev/kmsg', '');
  await file('proc/self/mountinfo', '30 1 8:67 / /run/initramfs/live ro - vfat /dev/sdz3 ro\n');
  await file('proc/sys/kernel/hostname', 'hypervisor\n');
  await partition(3, 'rackhand-image', layout.image.start, layout.image.size);
  await partition(4, 'rackhand-state', state.start, state.size);
  await size(state.start + state.size + 2048);
  await mkdir(join(root, 'sys/dev/block'), { recursive: true });
  await symlink(join(root, 'sys/devices/sdz/sdz3'), join(root, 'sys/dev/block/8:67'));
  for (const folder of [
    'etc/ssh',
    'etc/NetworkManager/system-connections',
    'etc/pki/libvirt/private',
    'var/lib/chrony',
  ])
    await mkdir(join(root, folder), { recursive: true });
  // A partition is a file here, and the kernel is told of a new size by a program that is asked.
  await program('mount', 'exec /bin/mount -o loop "$@"');
  await program(
    'partx',
    `echo "$*" >>"${root}/told"; truncate -s ${(GROWN - state.start) * SECTOR} "${root}/dev/sdz4"
echo ${GROWN - state.start} >"${root}/sys/devices/sdz/sdz4/size"`,
  );
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function file(path: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text, { mode });
}
const read = (path: string) => readFile(join(root, path), 'utf8');
const exists = (path: string) =>
  stat(join(root, path)).then(
    () => true,
    () => false,
  );

async function program(name: string, body: string): Promise<void> {
  await file(`bin/${name}`, `#!/bin/sh\n${body}\n`);
  await chmod(join(root, 'bin', name), 0o755);
}

async function partition(number: number, name: string, start: number, sectors: number): Promise<void> {
  const at = `sys/devices/sdz/sdz${number}`;
  await file(`${at}/uevent`, `DEVNAME=sdz${number}\nPARTN=${number}\nPARTNAME=${name}\n`);
  for (const [key, value] of Object.entries({ partition: number, start, size: sectors }))
    await file(`${at}/${key}`, `${value}\n`);
}

const size = (sectors: number) => file('sys/devices/sdz/size', `${sectors}\n`);

/** An image may have one of the two programs for partitions alone. */
async function call(argv: string[], what: 'restore' | 'save' | 'saved', tool = 'sfdisk'): Promise<string[]> {
  for (const name of [tool, 'e2fsck', 'dumpe2fs', 'resize2fs', 'debugfs'])
    await symlink(`/usr/sbin/${name}`, join(root, 'bin', name)).catch(() => undefined);
  const env = {
    RACKHAND_ROOT: root,
    RACKHAND_LIB: LIBRARY,
    PATH: `${join(root, 'bin')}:${process.env.PATH}:/usr/sbin`,
  };
  const { code } = await run([...argv, join(PROGRAMS, 'state'), what], {
    env,
    timeout: 60_000,
    okCodes: [0, 1],
  });
  if (code !== 0 && what !== 'saved') throw new Error(`${what} ended with exit code ${code}`);
  if (what === 'saved') return [code === 0 ? 'saved' : 'not saved'];
  return (await read('dev/kmsg')).split('\n').filter((line) => line !== '');
}

/** The host starts again: what was not kept is as the image has it. */
async function restart(): Promise<void> {
  for (const path of ['run', 'etc', 'var', 'proc/sys'])
    await rm(join(root, path), { recursive: true, force: true });
  for (const folder of [
    'etc/ssh',
    'etc/NetworkManager/system-connections',
    'etc/pki/libvirt/private',
    'var/lib/chrony',
  ])
    await mkdir(join(root, folder), { recursive: true });
  await file('etc/machine-id', '', 0o444);
  await file('etc/hostname', 'hypervisor\n');
  await file('proc/sys/kernel/hostname', 'hypervisor\n');
}

const KEY = 'etc/ssh/ssh_host_ed25519_key';
const CONNECTION = 'etc/NetworkManager/system-connections/static.nmconnection';

describe.each(SHELLS)('what a host keeps (%s)', (_, shell) => {
  it('is there again after a restart, with its modes, and nothing else is', async () => {
    expect(await call(shell, 'restore')).toEqual([]);
    await file('etc/machine-id', 'a'.repeat(32), 0o444);
    await file('etc/hostname', 'hv7\n');
    await file(KEY, 'secret', 0o600);
    await file(CONNECTION, '[connection]', 0o600);
    await file('run/rackhand/session.json', '{}', 0o600);
    await file('etc/sysctl.conf', 'mine');
    expect(await call(shell, 'save')).toEqual([]);
    await restart();
    await file(KEY, 'made by the image');
    expect(await call(shell, 'restore')).toEqual([]);
    expect([await read('etc/machine-id'), await read(KEY), await read(CONNECTION)]).toEqual([
      ...['a'.repeat(32), 'secret', '[connection]'],
    ]);
    expect(await read('run/rackhand/session.json')).toBe('{}');
    expect(await read('proc/sys/kernel/hostname')).toBe('hv7\n');
    expect([(await stat(join(root, KEY))).mode & 0o777, await exists('etc/sysctl.conf')]).toEqual([
      0o600,
      false,
    ]);
    expect(await read('run/rackhand/state-device')).toBe(`${root}/dev/sdz4\n`);
  });

  it('has the owner and the label that the image has for its place, labelled in one go', async () => {
    await file('sys/fs/selinux/enforce', '1');
    await program('restorecon', `echo "$*" >"${root}/labelled"; cat >>"${root}/labelled"`);
    await program('mount', `echo "$*" >>"${root}/mounts"; exec /bin/mount -o loop "$1" "$2" "$5" "$6"`);
    await call(shell, 'restore');
    await file('var/lib/chrony/drift', '1.5 0.2\n');
    await file(CONNECTION, '[connection]');
    await call(shell, 'save');
    await restart();
    await run(['chown', '977:978', join(root, 'var/lib/chrony')]);
    await call(shell, 'restore');
    const { uid, gid } = await stat(join(root, 'var/lib/chrony/drift'));
    expect([uid, gid]).toEqual([977, 978]);
    expect((await read('labelled')).split('\n')).toEqual([
      ...['-F -f -', `${root}/${CONNECTION}`, `${root}/var/lib/chrony/drift`, ''],
    ]);
    expect(await read('mounts')).toContain(',context=system_u:object_r:removable_t:s0 ');
  });

  it('forgets what the host has removed', async () => {
    await call(shell, 'restore');
    await file(CONNECTION, '[connection]');
    await file('run/rackhand/settings', 'url=x');
    await call(shell, 'save');
    await rm(join(root, CONNECTION));
    await rm(join(root, 'run/rackhand/settings'));
    await call(shell, 'save');
    await restart();
    await call(shell, 'restore');
    expect([await exists(CONNECTION), await exists('run/rackhand/settings')]).toEqual([false, false]);
  });

  it('is told to be saved, until it changes', async () => {
    const tick = () => new Promise((resolve) => setTimeout(resolve, 50));
    await file('etc/machine-id', 'a'.repeat(32), 0o444);
    await call(shell, 'restore');
    expect(await call(shell, 'saved')).toEqual(['not saved']);
    await call(shell, 'save');
    expect(await call(shell, 'saved')).toEqual(['saved']);
    for (const change of [() => file(KEY, 'secret', 0o600), () => file(CONNECTION, '[connection]')]) {
      await tick();
      await change();
      expect(await call(shell, 'saved')).toEqual(['not saved']);
      await call(shell, 'save');
      expect(await call(shell, 'saved')).toEqual(['saved']);
    }
    await restart();
    await call(shell, 'restore');
    expect(await call(shell, 'saved')).toEqual(['saved']);
    await tick();
    await rm(join(root, CONNECTION));
    expect(await call(shell, 'saved')).toEqual(['not saved']);
    await program('mount', 'exec /bin/mount -o loop,ro "$@"');
    await call(shell, 'save');
    expect(await call(shell, 'saved')).toEqual(['not saved']);
  });

  it('is saved as it is when saving ends, and told so, though it changed meanwhile', async () => {
    await call(shell, 'restore');
    await file(KEY, 'first', 0o600);
    // Once in the middle of it, once when every file was compared.
    await program(
      'cmp',
      `[ -e ${root}/b ] || { [ ! -e ${root}/a ] || : >${root}/b; : >${root}/a; echo $$ >${root}/${CONNECTION}; }
exec /usr/bin/cmp "$@"`,
    );
    await program(
      'umount',
      `[ -e ${root}/c ] || { : >${root}/c; printf last >${root}/${KEY}; }; exec /bin/umount "$@"`,
    );
    await call(shell, 'save');
    expect(await call(shell, 'saved')).toEqual(['saved']);
    const connection = await read(CONNECTION);
    await restart();
    await call(shell, 'restore');
    expect([await read(KEY), await read(CONNECTION)]).toEqual(['last', connection]);
  });

  it.each(['sfdisk', 'sgdisk'])('grows to the end of the disk, once, by %s', async (tool) => {
    await size(GROWN);
    expect(await call(shell, 'restore', tool)).toEqual([]);
    expect(await read('told')).toBe(`--update --nr 4 ${root}/dev/sdz\n`);
    const { stdout } = await run(['sfdisk', '--json', join(root, 'dev/sdz')]);
    const { lastlba, partitions } = (JSON.parse(stdout) as { partitiontable: Table }).partitiontable;
    expect(lastlba).toBe(GROWN - 34);
    expect(partitions.map(({ name }) => name)).toEqual(
      ['bios', 'esp', 'image', 'state'].map((name) => `rackhand-${name}`),
    );
    expect(partitions[2]).toMatchObject({ start: layout.image.start, size: layout.image.size });
    expect(partitions[3]!.start).toBe(state.start);
    expect(partitions[3]!.start + partitions[3]!.size).toBeGreaterThan(GROWN - 2100);
    const blocks = /Block count: +(\d+)/.exec(
      (await run(['dumpe2fs', '-h', join(root, 'dev/sdz4')])).stdout,
    )![1];
    expect(Number(blocks)).toBe(((GROWN - state.start) * SECTOR) / 4096);
    await call(shell, 'restore', tool);
    expect((await read('told')).split('\n')).toHaveLength(2);
  });

  it('does not grow over a partition that somebody made behind it', async () => {
    await size(GROWN);
    await partition(5, 'mine', state.start + state.size, 2048);
    expect(await call(shell, 'restore')).toEqual([]);
    expect(await exists('told')).toBe(false);
  });

  it('survives a damaged superblock', async () => {
    // The copies of the superblock come with the size.
    await size(GROWN);
    await call(shell, 'restore');
    await file(KEY, 'secret', 0o600);
    await call(shell, 'save');
    await restart();
    await run(['dd', 'if=/dev/zero', `of=${root}/dev/sdz4`, 'bs=1024', 'seek=1', 'count=1', 'conv=notrunc']);
    expect(await call(shell, 'restore')).toEqual([expect.stringContaining('sdz4 is mended')]);
    expect(await read(KEY)).toBe('secret');
  });

  it('is missed in words, and the host starts, when nothing can be mended', async () => {
    await run(['dd', 'if=/dev/urandom', `of=${root}/dev/sdz4`, 'bs=1M', 'count=32', 'conv=notrunc']);
    const before = await readFile(join(root, 'dev/sdz4'));
    expect((await call(shell, 'restore'))[0]).toMatch(
      /nothing is kept over restarts: sdz4 is damaged beyond repair/,
    );
    expect(await read('run/rackhand/state-fault')).toMatch(/^sdz4 is damaged/);
    await file(KEY, 'new', 0o600);
    await call(shell, 'save');
    expect((await readFile(join(root, 'dev/sdz4'))).equals(before)).toBe(true);
  });

  it('is missed in words when the disk cannot be written any more', async () => {
    await call(shell, 'restore');
    await program('mount', 'exec /bin/mount -o loop,ro "$@"');
    await file(KEY, 'secret', 0o600);
    const said = await call(shell, 'save');
    expect(said[0]).toMatch(/nothing is kept over restarts: sdz4 cannot be read or written: .*[Rr]ead-only/);
    await program('mount', 'exec /bin/mount -o loop "$@"');
    await call(shell, 'save');
    expect(await exists('run/rackhand/state-fault')).toBe(false);
  });

  it('loses what a power cut left half written, and that alone', async () => {
    await call(shell, 'restore');
    await file(KEY, 'secret', 0o600);
    await call(shell, 'save');
    await file('half', 'sec');
    const disk = join(root, 'dev/sdz4');
    await run(['debugfs', '-w', '-R', `write ${root}/half etc/ssh/.rackhand.aBcDeF`, disk]);
    await restart();
    await call(shell, 'restore');
    const { stdout } = await run(['debugfs', '-R', 'ls /etc/ssh', disk]);
    expect(stdout).toContain('ssh_host_ed25519_key');
    expect(stdout).not.toContain('.rackhand');
  });

  it('is missed in words when it cannot be mounted', async () => {
    await program('mount', 'echo "mount: permission denied" >&2; exit 32');
    expect(await call(shell, 'restore')).toEqual([
      '<4>rackhand: nothing is kept over restarts: sdz4 cannot be mounted: mount: permission denied',
    ]);
    expect(await exists('run/rackhand/state-device')).toBe(false);
  });

  it('takes no link from the stick for a file', async () => {
    await call(shell, 'restore');
    await file('secret', 'of this host');
    await file('etc/hostname', 'x\n');
    await call(shell, 'save');
    await run(['debugfs', '-w', '-R', 'rm etc/hostname', join(root, 'dev/sdz4')]);
    await run(['debugfs', '-w', '-R', `symlink etc/hostname ${root}/secret`, join(root, 'dev/sdz4')]);
    await restart();
    await call(shell, 'restore');
    expect(await read('etc/hostname')).toBe('hypervisor\n');
  });

  it.each([
    ['a machine that was booted over the network', '30 1 0:5 / / rw - overlay overlay rw\n'],
    ['a disc', '30 1 11:0 / /run/initramfs/live ro - iso9660 /dev/sr0 ro\n'],
  ])('is nothing on %s', async (_what, mounts) => {
    await file('proc/self/mountinfo', mounts);
    await file('sys/devices/sr0/uevent', 'DEVNAME=sr0\n');
    await symlink(join(root, 'sys/devices/sr0'), join(root, 'sys/dev/block/11:0'));
    expect(await call(shell, 'restore')).toEqual([]);
    expect(await exists('run/rackhand/state-device')).toBe(false);
    expect(await call(shell, 'save')).toEqual([]);
  });
});

it('is mounted for the unit alone, at a place that the policy gives to mounts', async () => {
  expect(await readFile(join(LIBRARY, 'state.sh'), 'utf8')).toMatch(/^STATE=\$ROOT\/mnt$/m);
  for (const unit of ['rackhand-state', 'rackhand-state-save']) {
    const text = await readFile(join(OVERLAY, `usr/lib/systemd/system/${unit}.service`), 'utf8');
    expect(text).toMatch(/^PrivateMounts=yes$/m);
  }
});

it('every path that is kept is watched, and no other', async () => {
  const kept = /^KEPT='\n([^']*)'/m
    .exec(await readFile(join(LIBRARY, 'state.sh'), 'utf8'))![1]!
    .trim()
    .split('\n');
  const unit = await readFile(join(OVERLAY, 'usr/lib/systemd/system/rackhand-state-save.path'), 'utf8');
  const watched = [...unit.matchAll(/^PathChanged=(.*)$/gm)].map((match) => match[1]);
  expect(watched).toEqual(kept.map((path) => path.replace(/\/$/, '')));
});
