import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openCatalog } from '../../builder/catalog/catalog.ts';
import { errno, RackhandError } from '../../builder/shared/errors.ts';
import { resolveImage } from '../boot/resolve.ts';
import type { ReplicaImage } from '../roles/messages.ts';
import { toReplicaImage } from '../roles/replica.ts';

/**
 * All images, and the default one, whole on disk: chosen by the rule that decides at boot, so that what starts
 * also boots.
 * @returns image: undefined when none is configured
 * @throws RackhandError catalog-absent | image-unknown | image-damaged
 */
export async function checkImages(
  catalog: string,
  wanted?: string,
): Promise<{ image: ReplicaImage | undefined; all: ReplicaImage[] }> {
  const images = await listImages(catalog);
  if (wanted === undefined) return { image: undefined, all: images };
  const image = resolveImage({ images, defaultImage: wanted }, undefined);
  if (!image) {
    const has = images.map(({ name, id, tags }) => [name, id, ...tags].join(' ')).join(', ') || 'no image';
    throw new RackhandError(
      'image-unknown',
      `default image ${wanted} is not in ${catalog}, or fits several; it holds ${has}`,
      'name one of those as images.default, or make one: rackhand build RECIPE',
    );
  }
  for (const { file, size } of image.artifacts) {
    const path = join(image.folder, file);
    const found = await stat(path).then(
      (s) => s.size,
      () => undefined,
    );
    if (found === size) continue;
    const what = found === undefined ? `${path} is missing` : `${path} has ${found} bytes, not ${size}`;
    throw new RackhandError('image-damaged', what, `rackhand images verify ${image.id}, then build it again`);
  }
  return { image, all: images };
}

async function listImages(catalog: string): Promise<ReplicaImage[]> {
  try {
    if (!(await stat(catalog)).isDirectory()) throw new Error('it is not a folder');
    return (await openCatalog(catalog).list()).map((image) => toReplicaImage(image, catalog));
  } catch (cause) {
    const why = errno(cause) === 'ENOENT' ? 'there is no such folder' : (cause as Error).message;
    throw new RackhandError(
      'catalog-absent',
      `image catalog ${catalog} cannot be read: ${why}`,
      'correct images.catalog, or make an image: rackhand build RECIPE',
      { cause },
    );
  }
}
