import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bakeMedium } from '../../../builder/media/bake.ts';
import { hostArea } from '../../../builder/media/host-area.ts';
import { HostConfig } from '../../../builder/media/host-config.ts';
import { makeMedia } from '../../../builder/media/media.ts';
import { PLATFORMS } from '../../../builder/media/platform.ts';
import { FileDigests } from '../../../builder/shared/digests.ts';
import { run } from '../../../builder/shared/process/run.ts';

const AREA = hostArea(HostConfig.parse({ kernelArguments: ['rackhand.wait=5'] }))!;
const ARTIFACTS = {
  vmlinuz: 'kernel',
  'initramfs.img': 'initramfs',
  'rootfs.squashfs': randomBytes(6 << 20),
};

const platform = PLATFORMS.x86_64;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-bake-'));
  for (const [file, bytes] of Object.entries(ARTIFACTS)) await writeFile(join(folder, file), bytes);
  const texts = { title: 'Rackhand test', label: 'RACKHAND-0123ABCD', kernelArguments: ['quiet'], platform };
  const options = { ...texts, rescue: undefined, ramRequired: 2048, signed: undefined, epoch: 1_700_000_000 };
  const digests = new FileDigests();
  await makeMedia({ ...options, digests, output: folder, work: join(folder, '.work') }, [
    'iso',
    'usb',
    'netiso',
  ]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(['image.iso', 'usb.img', 'net.iso'])('a copy of %s', (medium) => {
  it('differs from it in the area alone, and only its owner reads it', async () => {
    const output = join(folder, `copy-of-${medium}`);
    await bakeMedium(join(folder, medium), AREA, output);
    const [before, after] = await Promise.all([join(folder, medium), output].map((path) => readFile(path)));
    const at = after!.indexOf(AREA);
    expect(at).toBeGreaterThan(0);
    expect(after!.indexOf(AREA, at + 1)).toBe(-1);
    const spliced = Buffer.concat([before!.subarray(0, at), AREA, before!.subarray(at + AREA.length)]);
    expect(spliced.equals(after!)).toBe(true);
    expect((await stat(output)).mode & 0o777).toBe(0o600);
  });
});

it('a copy that is cancelled leaves nothing', async () => {
  const [before, stopping] = [await readdir(folder), new AbortController()];
  const baked = bakeMedium(join(folder, 'image.iso'), AREA, join(folder, 'never.iso'), stopping.signal);
  stopping.abort();
  await expect(baked).rejects.toMatchObject({ code: 'cancelled' });
  expect(await readdir(folder)).toEqual(before);
});

it('the file systems of the copies are whole and show the area', async () => {
  for (const iso of ['image.iso', 'net.iso']) {
    const out = join(folder, `${iso}.cfg`);
    await run([
      ...['xorriso', '-osirrox', 'on', '-indev', join(folder, `copy-of-${iso}`)],
      ...['-extract', '/rackhand.cfg', out],
    ]);
    expect((await readFile(out)).equals(AREA)).toBe(true);
  }
  const table = await run(['sfdisk', '--json', join(folder, 'copy-of-usb.img')]);
  const { partitions } = (JSON.parse(table.stdout) as { partitiontable: { partitions: { start: number }[] } })
    .partitiontable;
  const out = join(folder, 'usb.cfg');
  const at = `${join(folder, 'copy-of-usb.img')}@@${partitions[2]!.start * 512}`;
  await run(['mcopy', '-i', at, '::/rackhand.cfg', out], { env: { MTOOLS_SKIP_CHECK: '1' } });
  expect((await readFile(out)).equals(AREA)).toBe(true);
});

it('a network ISO has all but the root, and checks nothing that it has not', async () => {
  const out = join(folder, 'net');
  await run(['xorriso', '-osirrox', 'on', '-indev', join(folder, 'net.iso'), '-extract', '/', out]);
  expect((await readdir(out)).sort()).toEqual([
    ...['.disk', 'EFI', 'SHA256SUMS', 'boot', 'images', 'rackhand.cfg'],
  ]);
  const { stdout } = await run(['sha256sum', '-c', 'SHA256SUMS'], { cwd: out });
  expect(stdout.trim().split('\n')).toHaveLength(2);
  expect(await readFile(join(out, 'boot/grub/grub.cfg'), 'utf8')).toContain('rackhand.ram=2048 ');
});

it('what has no area, and what cannot be written, is named', async () => {
  const other = join(folder, 'other.iso');
  await writeFile(other, Buffer.alloc(9 << 20));
  await expect(bakeMedium(other, AREA, join(folder, 'x.iso'))).rejects.toMatchObject({ code: 'media-area' });
  await mkdir(join(folder, 'taken.iso'));
  await expect(bakeMedium(join(folder, 'image.iso'), AREA, join(folder, 'taken.iso'))).rejects.toMatchObject({
    code: 'media-output',
  });
  expect((await readdir(folder)).filter((name) => name.startsWith('.taken'))).toEqual([]);
});
