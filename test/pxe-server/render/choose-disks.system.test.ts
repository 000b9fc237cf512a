import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readTemplates } from '../../../pxe-server/config/files.ts';
import { InstallSettings, type InstallSettingsInput } from '../../../pxe-server/hosts/install/settings.ts';
import { buildContext } from '../../../pxe-server/render/context/build.ts';
import { KICKSTART_SHAPE } from '../../../pxe-server/render/kickstart.ts';
import { Templates } from '../../../pxe-server/render/template.ts';
import { IMAGE } from './hosts.ts';

/** What lsblk tells: the shell of %pre is run as it is served, with a machine's disks as a table. */
type Column = 'TYPE' | 'RO' | 'SIZE' | 'TRAN' | 'ROTA' | 'MODEL' | 'SERIAL' | 'WWN' | 'MOUNTPOINT';
type Machine = Record<string, Partial<Record<Column, string>>>;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rackhand-pre-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const GIB = 2 ** 30;
const disk = (gib: number, more: Machine[string] = {}): Machine[string] => ({
  ...{ TYPE: 'disk', RO: '0', SIZE: String(gib * GIB), TRAN: 'sata', ROTA: '0', MODEL: 'Model X' },
  ...{ SERIAL: 'S1', WWN: '0x5', MOUNTPOINT: '' },
  ...more,
});

/** An lsblk that knows the machine's disks; texts are not evaluated by the shell. */
function lsblk(machine: Machine): string {
  const cases = Object.entries(machine).flatMap(([name, columns]) =>
    Object.entries(columns).map(
      ([column, value]) => `/dev/${name}:${column}) printf '%s\\n' '${value.replaceAll("'", `'\\''`)}' ;;`,
    ),
  );
  return `#!/bin/sh
for last; do :; done
case $1 in
  -bdno) column=$2; device=$3 ;;
  -no) column=$2; device=$3 ;;
  -dno) printf '%s\\n' ${Object.keys(machine).join(' ')}; exit 0 ;;
esac
case $device:$column in
${cases.join('\n')}
esac
`;
}

async function runPre(said: InstallSettingsInput, machine: Machine) {
  const texts = await readTemplates(join(import.meta.dirname, '../../../kickstarts'));
  const told = { id: 'h1', name: 'node1', kernelArguments: [], install: InstallSettings.parse(said) };
  const context = buildContext({
    host: told,
    image: IMAGE,
    base: 'http://192.0.2.1',
    sshKeys: [],
    release: 'el9',
  });
  const text = new Templates(texts, KICKSTART_SHAPE).render('install.ks.njk', context);
  const script = /^%pre[^\n]*\n([\s\S]*?)^%end$/m.exec(text)![1]!;
  writeFileSync(join(folder, 'lsblk'), lsblk(machine));
  chmodSync(join(folder, 'lsblk'), 0o755);
  // Where the installer has a file system of its own, a test has a folder; its console is not ours to write to.
  const moved = script
    .replaceAll('/tmp/rackhand', join(folder, 'out'))
    .replaceAll('/dev/console', join(folder, 'no'));
  const { status, stdout, stderr } = spawnSync('sh', ['-c', moved], {
    env: { PATH: `${folder}:${process.env.PATH}` },
    encoding: 'utf8',
  });
  const file = join(folder, 'out/storage.ks');
  return { status, said: stdout, stderr, lines: existsSync(file) ? readFileSync(file, 'utf8') : undefined };
}

const storage = (...disks: NonNullable<InstallSettingsInput['storage']>['disks']): InstallSettingsInput => ({
  storage: { disks, layout: 'auto' },
});

it.each<[string, InstallSettingsInput, Machine, string]>([
  ['by size', storage({ role: 'system', minGiB: 100 }), { sda: disk(50), sdb: disk(200) }, 'sdb'],
  [
    'at the very size',
    storage({ role: 'system', minGiB: 50, maxGiB: 50 }),
    { sda: disk(50), sdb: disk(51) },
    'sda',
  ],
  [
    'by serial, whatever the case',
    storage({ role: 'system', serial: 'wd-7*' }),
    { sda: disk(5, { SERIAL: 'WD-7AA ' }), sdb: disk(5, { SERIAL: 'xWD-7' }) },
    'sda',
  ],
  [
    'by WWN',
    storage({ role: 'system', wwn: '0x5002*' }),
    { sda: disk(5), sdb: disk(5, { WWN: '0x5002538E' }) },
    'sdb',
  ],
  [
    'by a model with a blank',
    storage({ role: 'system', model: 'DELLBOSS VD' }),
    { sda: disk(5), sdb: disk(5, { MODEL: 'DELLBOSS VD' }) },
    'sdb',
  ],
  [
    'by rotation',
    storage({ role: 'system', rotational: false }),
    { sda: disk(5, { ROTA: '1' }), sdb: disk(5) },
    'sdb',
  ],
  [
    'by transport, which lsblk leaves out for NVMe',
    storage({ role: 'system', transport: 'nvme' }),
    { sda: disk(5), nvme0n1: disk(5, { TRAN: '' }) },
    'nvme0n1',
  ],
  [
    'the smallest',
    storage({ role: 'system', take: 'smallest' }),
    { sda: disk(9), sdb: disk(5), sdc: disk(10) },
    'sdb',
  ],
  [
    'the largest',
    storage({ role: 'system', take: 'largest' }),
    { sda: disk(9), sdb: disk(5), sdc: disk(10) },
    'sdc',
  ],
  [
    'not what is mounted, read-only, empty or no disk',
    storage({ role: 'system' }),
    {
      sda: disk(5, { MOUNTPOINT: '/run/install/repo' }),
      sdb: disk(5, { RO: '1' }),
      sdc: disk(0),
      sr0: disk(5, { TYPE: 'rom' }),
      zram0: disk(5),
      sdd: disk(5),
    },
    'sdd',
  ],
])('finds a disk %s', async (_, said, machine, expected) => {
  const { status, lines, stderr } = await runPre(said, machine);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(lines).toContain(`ignoredisk --only-use=${expected}\n`);
  expect(lines).not.toContain('@');
});

it('names several disks in their order, and each role its own', async () => {
  const said: InstallSettingsInput = {
    storage: {
      ...{ raid: 'raid1', firmware: 'bios' },
      disks: [
        { role: 'system', count: 2, maxGiB: 100 },
        { role: 'a.b', minGiB: 101 },
      ],
      data: [{ role: 'a.b', mountpoint: '/data' }],
    },
  };
  const { status, lines } = await runPre(said, { sdc: disk(500), sdb: disk(50), sda: disk(60) });
  expect(status).toBe(0);
  expect(lines).toContain('ignoredisk --only-use=sda,sdb,sdc\n');
  expect(lines).toContain('part /data --ondisk=sdc ');
  expect(lines).not.toContain('@');
});

it.each<[string, InstallSettingsInput, Machine, RegExp]>([
  ['none', storage({ role: 'system', minGiB: 100 }), { sda: disk(50) }, /fits 0, and 1 are asked for: none/],
  [
    'several',
    storage({ role: 'system' }),
    { sda: disk(5), sdb: disk(5) },
    /fits 2, and 1 are asked for: sda sdb/,
  ],
  ['no disk at all', storage({ role: 'system' }), { sr0: disk(5, { TYPE: 'rom' }) }, /fits 0/],
  [
    'two of the least size',
    storage({ role: 'system', take: 'smallest' }),
    { sda: disk(5), sdb: disk(5), sdc: disk(9) },
    /several have 5368709120 bytes, so none is the smallest: sda sdb sdc/,
  ],
  [
    'one for two roles',
    {
      storage: {
        layout: 'auto',
        disks: [{ role: 'system', model: 'Model*' }, { role: 'data' }],
        data: [{ role: 'data', mountpoint: '/data' }],
      },
    },
    { sda: disk(5) },
    /sda fits the rules of system and of data/,
  ],
  [
    'what a model says is no command',
    storage({ role: 'system', model: 'x' }),
    { sda: disk(5, { MODEL: '$(touch /tmp/rackhand-was-here) `id` * ; reboot' }) },
    /fits 0/,
  ],
])('stops before anything is written: %s', async (_, said, machine, expected) => {
  const { status, said: told, lines } = await runPre(said, machine);
  expect(status).toBe(1);
  expect(told).toMatch(expected);
  expect(told).toContain('nothing was written to any disk');
  expect(lines).toBeUndefined();
  expect(existsSync('/tmp/rackhand-was-here')).toBe(false);
});
