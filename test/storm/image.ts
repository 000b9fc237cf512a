import { createHash } from 'node:crypto';
import { mkdir, open, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { imageId } from '../../builder/catalog/id.ts';
import type { Artifact, ArtifactRole } from '../../builder/contract/manifest.ts';
import { manifest } from '../shared/manifest.ts';
import { provenanceText } from '../shared/provenance.ts';

/** Bytes of each file. */
export interface ImageSizes {
  kernel: number;
  initramfs: number;
  rootfs: number;
}

const FILES: [ArtifactRole & keyof ImageSizes, string][] = [
  ['kernel', 'vmlinuz'],
  ['initramfs', 'initramfs.img'],
  ['rootfs', 'rootfs.squashfs'],
];
const CHUNK = 1 << 20;

/** Writes an image of zeros named "lab" into a catalog: bytes on the disk, and not holes. */
export async function publishSized(catalog: string, sizes: ImageSizes): Promise<void> {
  const being = join(catalog, 'being-made');
  await mkdir(being, { recursive: true });
  const artifacts: Artifact[] = [];
  for (const [role, file] of FILES) {
    const sha256 = await writeZeros(join(being, file), sizes[role]);
    artifacts.push({ role, file, size: sizes[role], sha256 });
  }
  const recipe = { name: 'lab', sha256: 'a'.repeat(64) };
  const made = manifest({ id: imageId(artifacts), recipe, artifacts });
  await writeFile(join(being, 'manifest.json'), JSON.stringify(made));
  await writeFile(join(being, 'provenance.json'), provenanceText('2026-01-01T00:00:00.000Z'));
  await rename(being, join(catalog, made.id));
}

/** @returns SHA-256 */
async function writeZeros(path: string, size: number): Promise<string> {
  const hash = createHash('sha256');
  const file = await open(path, 'w');
  const zeros = Buffer.alloc(CHUNK);
  for (let written = 0; written < size; written += CHUNK) {
    const piece = zeros.subarray(0, Math.min(CHUNK, size - written));
    await file.write(piece);
    hash.update(piece);
  }
  await file.close();
  return hash.digest('hex');
}
