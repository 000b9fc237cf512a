import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sha256 } from '../../../builder/shared/ids.ts';
import { checkInstallers } from '../../../pxe-server/config/installers.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-installers-'));
  await writeFile(join(folder, 'vmlinuz'), 'kernel');
  await writeFile(join(folder, 'initrd.img'), 'initramfs');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const configured = () => ({
  kernel: join(folder, 'vmlinuz'),
  initramfs: join(folder, 'initrd.img'),
  kernelArguments: ['inst.repo=http://192.0.2.5/el9'],
});

it('what the files are now', async () => {
  expect(await checkInstallers({ el9: configured() })).toEqual([
    {
      name: 'el9',
      kernel: { path: join(folder, 'vmlinuz'), size: 6, sha256: sha256('kernel') },
      initramfs: { path: join(folder, 'initrd.img'), size: 9, sha256: sha256('initramfs') },
      kernelArguments: ['inst.repo=http://192.0.2.5/el9'],
    },
  ]);
});
it.each<[what: string, damage: () => Promise<void>, message: RegExp]>([
  [
    'is missing',
    () => rm(join(folder, 'initrd.img')),
    /^installers\.el9\.initramfs: \/.*\/initrd\.img is not there$/,
  ],
  ['is empty', () => writeFile(join(folder, 'initrd.img'), ''), /initrd\.img is empty$/],
])('a file that %s', async (_what, damage, message) => {
  await damage();
  await expect(checkInstallers({ el9: configured() })).rejects.toMatchObject({
    code: 'installer-absent',
    message: expect.stringMatching(message),
    mend: expect.stringContaining('images/pxeboot/vmlinuz'),
  });
});
it('a folder', async () => {
  await expect(checkInstallers({ el9: { ...configured(), kernel: folder } })).rejects.toMatchObject({
    message: `installers.el9.kernel: ${folder} is no file`,
  });
});
