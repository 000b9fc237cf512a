import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadLoaders } from '../../../pxe-server/boot/loaders.ts';
import { checkSignedLoaders } from '../../../pxe-server/config/signed-loaders.ts';

let folder: string;
let own: { shim: string; grub: string };
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-loaders-'));
  own = { shim: join(folder, 'shim'), grub: join(folder, 'grub') };
  await writeFile(own.shim, 'MZ shim');
  await writeFile(own.grub, 'MZ grub');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('files of the configuration are served by the names that shim and firmware ask for', async () => {
  expect(await checkSignedLoaders({ default: true, ...own }, undefined)).toBe(true);
  const loaders = await loadLoaders(own);
  expect(loaders.get('shimx64.efi')?.toString()).toBe('MZ shim');
  expect(loaders.get('grubx64.efi')?.toString()).toBe('MZ grub');
});
it.each([true, false])(
  'one that is named and not there is refused, wanted by default: %s',
  async (wanted) => {
    await rm(own.grub);
    await expect(checkSignedLoaders({ default: wanted, ...own }, undefined)).rejects.toMatchObject({
      code: 'loader-absent',
      message: `grubx64.efi: ${own.grub} cannot be read`,
    });
  },
);
describe('where the usual places lack one', () => {
  const find = async () => new Map([['grubx64.efi', '/usr/lib/grub/grubx64.efi']]);
  it('is refused when it is wanted, and says how to get it', async () => {
    await expect(checkSignedLoaders({ default: true }, undefined, find)).rejects.toMatchObject({
      code: 'loader-absent',
      message: 'Secure Boot needs shimx64.efi',
      mend: expect.stringContaining('apt install shim-signed'),
    });
  });
  it('is no fault when nothing wants it', async () => {
    expect(await checkSignedLoaders({ default: false }, undefined, find)).toBe(false);
  });
});
