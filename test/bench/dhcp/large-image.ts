import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { imageId } from '../../../builder/catalog/id.ts';
import { stageImage } from '../../../builder/catalog/stage.ts';
import type { Artifact } from '../../../builder/contract/manifest.ts';
import { manifest } from '../../shared/manifest.ts';
import { provenanceText } from '../../shared/provenance.ts';

export const IMAGE_BYTES = 1_000_000_000;
const CHUNK = 10_000_000;

/**
 * Publishes an image whose root is a gigabyte of zeros, which the disk is not asked to write: it would be measured.
 * @returns the root's SHA-256
 */
export async function publishLarge(catalog: string): Promise<string> {
  const staged = await stageImage(catalog);
  const file = await open(join(staged.folder, 'rootfs.squashfs'), 'w');
  const hash = createHash('sha256');
  const zeros = Buffer.alloc(CHUNK);
  await file.truncate(IMAGE_BYTES);
  for (let hashed = 0; hashed < IMAGE_BYTES; hashed += CHUNK) hash.update(zeros);
  await file.close();
  const sha256 = hash.digest('hex');
  const artifacts: Artifact[] = [{ role: 'rootfs', file: 'rootfs.squashfs', size: IMAGE_BYTES, sha256 }];
  const made = manifest({ id: imageId(artifacts), artifacts });
  await staged.publish(made, { 'provenance.json': provenanceText('2026-01-01T00:00:00.000Z') });
  return sha256;
}
