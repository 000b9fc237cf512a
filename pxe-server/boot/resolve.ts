import { imagesNamed } from '../../builder/catalog/resolve.ts';
import type { Replica, ReplicaImage } from '../roles/messages.ts';

/** What names in a declaration mean: the same when it is made and when its machine boots. Pure. */

/** The image that the name means, or the default image when there is no name; undefined for none or several. */
export function resolveImage(
  { images, defaultImage }: Pick<Replica, 'images' | 'defaultImage'>,
  wanted: string | undefined,
): ReplicaImage | undefined {
  const name = wanted ?? defaultImage;
  const meant = name === null ? [] : imagesNamed(images, name);
  return meant.length === 1 ? meant[0] : undefined;
}

/** The template of a kickstart, by its whole name or without the ending: "install" is install.ks.njk. */
export function resolveKickstart(templates: readonly string[], wanted: string): string | undefined {
  return [wanted, `${wanted}.ks.njk`].find((name) => templates.includes(name));
}

/** The installer of that name; without a name, the only one there is. */
export function resolveInstaller<I extends { name: string }>(
  installers: readonly I[],
  wanted: string | undefined,
): { installer: I } | { why: string } {
  if (installers.length === 0 && wanted === undefined) return { why: 'no installer configured' };
  const [only, ...others] =
    wanted === undefined ? installers : installers.filter(({ name }) => name === wanted);
  if (!only) return { why: `no installer ${wanted} configured` };
  if (others.length > 0) return { why: 'several installers, and the host names none' };
  return { installer: only };
}
