import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { imageId } from '../../../builder/catalog/id.ts';
import { stageImage } from '../../../builder/catalog/stage.ts';
import type { Artifact, Manifest } from '../../../builder/contract/manifest.ts';
import { sha256 } from '../../../builder/shared/ids.ts';
import { manifest } from '../../shared/manifest.ts';
import { provenanceText } from '../../shared/provenance.ts';

/** Publishes an image whose only file has this text, as a build does. */
export async function publishSmall(
  catalog: string,
  text: string,
  builtAt = '2026-01-01T00:00:00.000Z',
): Promise<Manifest> {
  const staged = await stageImage(catalog);
  const artifacts: Artifact[] = [
    { role: 'kernel', file: 'vmlinuz', size: text.length, sha256: sha256(text) },
  ];
  const made = manifest({ id: imageId(artifacts), artifacts });
  await writeFile(join(staged.folder, 'vmlinuz'), text);
  await staged.publish(made, { 'provenance.json': provenanceText(builtAt) });
  return made;
}
