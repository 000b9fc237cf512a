import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeArtifacts } from '../../builder/inputs.ts';
import { sha256 } from '../../builder/shared/ids.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-inputs-'));
  for (const file of ['vmlinuz', 'initramfs.img', 'rootfs.squashfs'])
    await writeFile(join(folder, file), file);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('an image has the media that its recipe asks for', async () => {
  await writeFile(join(folder, 'usb.img'), 'disk');
  const artifacts = await describeArtifacts(folder);
  expect(artifacts.map(({ role }) => role)).toEqual(['kernel', 'initramfs', 'rootfs', 'usb']);
  expect(artifacts[3]).toEqual({ role: 'usb', file: 'usb.img', size: 4, sha256: sha256('disk') });
});

it.each(['vmlinuz', 'initramfs.img', 'rootfs.squashfs'])('an image without %s is none', async (file) => {
  await rm(join(folder, file));
  await expect(describeArtifacts(folder)).rejects.toMatchObject({ code: 'ENOENT' });
});
