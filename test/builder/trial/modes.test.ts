import { expect, it } from 'vitest';
import type { ArtifactRole, Manifest } from '../../../builder/contract/manifest.ts';
import { offers } from '../../../builder/trial/modes.ts';

const manifest = (roles: ArtifactRole[], packages: string[]) =>
  ({
    artifacts: roles.map((role) => ({ role, file: role, size: 1, sha256: '' })),
    packages: packages.map((name) => ({ name, epoch: 0, version: '1', release: '1', arch: 'x86_64' })),
  }) as unknown as Manifest;
const able = (roles: ArtifactRole[], packages: string[], loaders: boolean) =>
  offers(manifest(roles, packages), loaders).flatMap(({ mode, lacks }) =>
    lacks === undefined ? [mode] : [],
  );
const BARE: ArtifactRole[] = ['kernel', 'initramfs', 'rootfs'];

it('every image claims the network; media and Secure Boot are claimed by what it has', () => {
  expect(able(BARE, [], false)).toEqual(['pxe-bios', 'pxe-uefi', 'http-uefi', 'tampered-image']);
  expect(able(BARE, [], true)).toContain('pxe-secure');
  expect(able([...BARE, 'iso'], [], false)).toEqual([
    ...['pxe-bios', 'pxe-uefi', 'http-uefi', 'iso-bios', 'iso-uefi', 'tampered-image'],
  ]);
  expect(able([...BARE, 'iso', 'usb', 'netiso'], ['shim-x64'], true)).toHaveLength(14);
});
it('an image for other machines claims no mode that could be tried here', () => {
  const arm = { ...manifest([...BARE, 'iso'], ['shim-aa64']), arch: 'aarch64' } as const;
  const lacks = new Set(offers(arm, true).map(({ lacks }) => lacks));
  expect([...lacks]).toEqual(["the image is for aarch64, and the test's machines are x86_64"]);
});
it('what is not claimed says why', () => {
  const lacks = Object.fromEntries(
    offers(manifest([...BARE, 'iso'], []), false).map(({ mode, lacks }) => [mode, lacks]),
  );
  expect(lacks['usb-secure']).toBe('the image has no usb');
  expect(lacks['iso-secure']).toBe('the image has no signed loaders: its root brings no shim');
  expect(lacks['pxe-secure']).toContain('--shim and --grub');
});
