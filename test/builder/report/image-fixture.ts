import type { Manifest } from '../../../builder/contract/manifest.ts';
import type { PlacedRule } from '../../../builder/recipe/strip-rules.ts';
import { makeContents } from '../../../builder/strip/contents.ts';
import { planStrip } from '../../../builder/strip/plan.ts';
import { manifest } from '../../shared/manifest.ts';
import { input, type Root } from '../strip/root-fixture.ts';

/** An image of a small root: contents as a build records them, a manifest with little in it. */
export function image(root: Root, placed: PlacedRule[], more: Partial<Manifest> = {}) {
  const given = input(root, placed);
  const contents = makeContents(given, planStrip(given));
  return { manifest: { ...MANIFEST, ...more }, contents };
}

const DIGEST = '0'.repeat(64);
export const MIB = 1 << 20;

export const artifacts = (rootfs: number, initramfs = MIB): Manifest['artifacts'] => [
  { role: 'initramfs', file: 'initramfs.img', size: initramfs, sha256: DIGEST },
  { role: 'rootfs', file: 'rootfs.squashfs', size: rootfs, sha256: DIGEST },
  { role: 'iso', file: 'image.iso', size: rootfs + initramfs, sha256: DIGEST },
];

const MANIFEST = manifest({
  ...{ id: '00000000000000aa', recipe: { name: 'small', sha256: DIGEST }, artifacts: artifacts(10 * MIB) },
  kernelArguments: [],
});
