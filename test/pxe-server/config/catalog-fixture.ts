import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { imageId } from '../../../builder/catalog/id.ts';
import type { Artifact, Manifest } from '../../../builder/contract/manifest.ts';
import { sha256 } from '../../../builder/shared/ids.ts';
import { manifest } from '../../shared/manifest.ts';
import { provenanceText } from '../../shared/provenance.ts';

/** Writes an image of three small files into a catalog. */
export async function publishImage(
  catalog: string,
  change: { name?: string; builtAt?: string; content?: string } = {},
): Promise<Manifest> {
  const { name = 'lab', builtAt = '2026-01-01T00:00:00.000Z', content = '' } = change;
  const files = { kernel: 'vmlinuz', initramfs: 'initramfs.img', rootfs: 'rootfs.squashfs' };
  const bytes = (role: string) => `${role} ${name} ${content}\n`;
  const artifacts = Object.entries(files).map(([role, file]) => ({
    ...{ role, file, size: bytes(role).length, sha256: sha256(bytes(role)) },
  })) as Artifact[];
  const recipe = { name, sha256: 'a'.repeat(64) };
  const made = manifest({ id: imageId(artifacts), recipe, artifacts });
  const folder = join(catalog, made.id);
  await mkdir(folder, { recursive: true });
  for (const { role, file } of artifacts) await writeFile(join(folder, file), bytes(role));
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(made));
  await writeFile(join(folder, 'provenance.json'), provenanceText(builtAt));
  return made;
}
