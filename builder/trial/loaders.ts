import { resolve } from 'node:path';
import { type ArtifactRole, architectureOf, type Manifest } from '../contract/manifest.ts';
import { RackhandError } from '../shared/errors.ts';
import { SIGNED_PLACES, type SignedLoaders } from '../shared/loader-places.ts';
import { isPresent } from '../shared/present.ts';

/**
 * Those that are named, those that the image brings, or those of this machine; undefined where there are none.
 * @throws RackhandError usage | loader-absent for one that is named and not there
 */
export async function findLoaders(
  { shim, grub }: Partial<SignedLoaders>,
  { artifacts, arch }: Pick<Manifest, 'artifacts' | 'arch'>,
  folder: string,
): Promise<SignedLoaders | undefined> {
  if (shim !== undefined && grub !== undefined) {
    for (const [option, file] of Object.entries({ shim, grub }))
      if (!(await isPresent(file)))
        throw new RackhandError('loader-absent', `there is no ${file}`, `name a file: --${option} FILE`);
    return { shim: resolve(shim), grub: resolve(grub) };
  }
  if (shim !== undefined || grub !== undefined)
    throw new RackhandError('usage', 'one of --shim and --grub is no chain of loaders', 'name both');
  const own = (wanted: ArtifactRole) => artifacts.find(({ role }) => role === wanted)?.file;
  const [ownShim, ownGrub] = [own('shim'), own('netgrub')];
  if (ownShim !== undefined && ownGrub !== undefined)
    return { shim: resolve(folder, ownShim), grub: resolve(folder, ownGrub) };
  for (const loaders of SIGNED_PLACES[architectureOf({ arch })])
    if ((await isPresent(loaders.shim)) && (await isPresent(loaders.grub))) return loaders;
  return undefined;
}
