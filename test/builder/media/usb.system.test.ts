import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grubConfig } from '../../../builder/media/grub.ts';
import { findHostGrub } from '../../../builder/media/loaders.ts';
import { makeMedia } from '../../../builder/media/media.ts';
import { PLATFORMS } from '../../../builder/media/platform.ts';
import { FileDigests } from '../../../builder/shared/digests.ts';
import { sha256File } from '../../../builder/shared/ids.ts';
import { run } from '../../../builder/shared/process/run.ts';

// The real tools on a small image.

let folder: string;
let disk: string;
const artifacts = {
  vmlinuz: 'kernel',
  'initramfs.img': 'initramfs',
  'rootfs.squashfs': randomBytes(5 << 20),
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-usb-'));
  disk = await makeUsb('one');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function makeUsb(name: string): Promise<string> {
  const output = join(folder, name);
  await mkdir(output);
  for (const [file, bytes] of Object.entries(artifacts)) await writeFile(join(output, file), bytes);
  const label = 'RACKHAND-0123ABCD';
  const options = {
    title: 'Rackhand test',
    label,
    kernelArguments: ['quiet'],
    rescue: undefined,
    ramRequired: 2048,
    digests: new FileDigests(),
    platform: PLATFORMS.x86_64,
  };
  const work = join(output, '.work');
  expect(
    await makeMedia({ ...options, output, work, signed: undefined, epoch: 1_700_000_000 }, ['usb']),
  ).toEqual(['usb.img']);
  return join(output, 'usb.img');
}

interface Row {
  name: string;
  start: number;
  size: number;
}

async function partitions(): Promise<Row[]> {
  const { stdout } = await run(['sfdisk', '--json', disk]);
  return (JSON.parse(stdout) as { partitiontable: { partitions: Row[] } }).partitiontable.partitions;
}

async function piece(start: number, length: number): Promise<Buffer> {
  const file = await open(disk);
  try {
    const bytes = Buffer.alloc(length);
    await file.read(bytes, 0, length, start);
    return bytes;
  } finally {
    await file.close();
  }
}

describe('the USB disk image', () => {
  it('has a whole partition table', async () => {
    const { stdout } = await run(['sfdisk', '--verify', disk]);
    expect(stdout).toContain('No errors detected');
    const names = ['rackhand-bios', 'rackhand-esp', 'rackhand-image', 'rackhand-state'];
    expect((await partitions()).map(({ name }) => name)).toEqual(names);
  });

  it('starts GRUB on a BIOS: boot sector, core, and the core’s second sector in a row', async () => {
    const [bios] = await partitions();
    const boot = await piece(0, 512);
    expect([boot.readBigUInt64LE(0x5c), boot.readUInt16LE(510)]).toEqual([BigInt(bios!.start), 0xaa55]);
    const core = await piece(bios!.start * 512, 512);
    expect(core.readBigUInt64LE(500)).toBe(BigInt(bios!.start) + 1n);
    expect(core.readUInt16LE(508)).toBeGreaterThan(50);
  });

  it('has the image on FAT with checksums that agree', async () => {
    const image = (await partitions())[2]!;
    const at = `${disk}@@${image.start * 512}`;
    const out = join(folder, 'out');
    await run(['mcopy', '-s', '-n', '-i', at, '::/', out], { env: { MTOOLS_SKIP_CHECK: '1' } });
    const { stdout } = await run(['sha256sum', '-c', 'SHA256SUMS'], { cwd: out });
    expect(stdout).toContain('./LiveOS/squashfs.img: OK');
    expect(await readFile(join(out, 'boot/grub/grub.cfg'), 'utf8')).toContain(
      // 5 MiB of root stay on the medium.
      'root=live:CDLABEL=RH-0123ABCD quiet rackhand.ram=2043',
    );
    expect(await readFile(join(out, '.disk/info'), 'utf8')).toBe('Rackhand test\n');
    expect((await run(['mlabel', '-s', '-i', at, '::'])).stdout).toContain('RH-0123ABCD');
  });

  it.each([undefined, `grub.pbkdf2.sha512.10000.${'A1'.repeat(64)}.${'0F'.repeat(64)}`])(
    'has a menu that GRUB understands, with the key %s',
    async (rescue) => {
      const words = ['console=tty0', 'quiet'];
      const text = grubConfig({ title: 'Rackhand test', label: 'RH-0', kernelArguments: words, rescue });
      await writeFile(join(folder, 'grub.cfg'), text);
      const { tool } = await findHostGrub();
      await run([tool.replace('mkimage', 'script-check'), join(folder, 'grub.cfg')]);
    },
  );

  it('has a loader for UEFI', async () => {
    const esp = (await partitions())[1]!;
    const { stdout } = await run(['mdir', '-b', '-i', `${disk}@@${esp.start * 512}`, '::/EFI/BOOT']);
    expect(stdout.split('\n')).toContain('::/EFI/BOOT/BOOTX64.EFI');
  });

  it('has an empty ext4 that may grow to 4 TiB', async () => {
    const state = (await partitions())[3]!;
    const copy = join(folder, 'state.img');
    await writeFile(copy, await piece(state.start * 512, state.size * 512));
    await run(['e2fsck', '-f', '-n', copy]);
    const { stdout } = await run(['dumpe2fs', '-h', copy]);
    expect(stdout).toMatch(/volume name: +RACKHAND-STATE/);
    expect(stdout).toMatch(/Filesystem created: +Tue Nov 14 22:13:20 2023/);
    await run(['truncate', '-s', '64G', copy]);
    await run(['resize2fs', copy], { timeout: 60_000 });
  });

  it('has the same bytes again at another time', async () => {
    expect(await sha256File(await makeUsb('two'))).toBe(await sha256File(disk));
  });
});
