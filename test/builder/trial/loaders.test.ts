import { expect, it } from 'vitest';
import type { Artifact, ArtifactRole } from '../../../builder/contract/manifest.ts';
import { findLoaders } from '../../../builder/trial/loaders.ts';

const artifact = (role: ArtifactRole, file: string): Artifact => ({ role, file, size: 1, sha256: '' });
const OWN = { artifacts: [artifact('shim', 'shim.efi'), artifact('netgrub', 'grubnet.efi')] };

it('the image’s own come before those of this machine, and named ones before both', async () => {
  const own = { shim: '/c/id/shim.efi', grub: '/c/id/grubnet.efi' };
  expect(await findLoaders({}, OWN, '/c/id')).toEqual(own);
  const named = { shim: import.meta.filename, grub: import.meta.dirname };
  expect(await findLoaders(named, OWN, '/c/id')).toEqual(named);
});

it('loaders of this machine are none for an image for others', async () => {
  expect(await findLoaders({}, { artifacts: [], arch: 'aarch64' }, '/c/id')).toBeUndefined();
});

it('one that is named and not there is told by its option', async () => {
  const named = { shim: import.meta.filename, grub: '/nonexistent/grub.efi' };
  await expect(findLoaders(named, OWN, '/c/id')).rejects.toMatchObject({
    ...{
      code: 'loader-absent',
      message: 'there is no /nonexistent/grub.efi',
      mend: 'name a file: --grub FILE',
    },
  });
});

it('half a chain is none', async () => {
  await expect(findLoaders({ shim: '/a' }, OWN, '/c/id')).rejects.toMatchObject({ code: 'usage' });
  const half = { artifacts: [artifact('shim', 'shim.efi')] };
  expect((await findLoaders({}, half, '/c/id'))?.shim).not.toBe('/c/id/shim.efi');
});
