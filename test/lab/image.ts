import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../../builder/contract/manifest.ts';
import { openSigner } from '../../builder/evidence/keys.ts';
import { build } from '../../builder/worker/start.ts';
import type { LabFolder } from './folder.ts';
import { buildMirror } from './mirror/mirror.ts';

const RECIPE = join(import.meta.dirname, '../../images/recipes/lab.yaml');

/** The lab image: mirror first, then the real builder; both reuse what is already there. */
export async function labImage(
  folder: LabFolder,
  progress: (line: string) => void,
  signal?: AbortSignal,
): Promise<Manifest> {
  await mkdir(folder.catalog, { recursive: true, mode: 0o755 });
  const abort = signal ? { signal } : {};
  const mirror = await buildMirror({
    folder: folder.mirror,
    progress: (line) => progress(`mirror: ${line}`),
    ...abort,
  });
  const key = join(folder.root, 'signing.key');
  await openSigner(key);
  return build({
    ...{ recipe: RECIPE, key },
    catalog: folder.catalog,
    cache: folder.cache,
    variables: { mirror: mirror.repository, key: mirror.keyFile },
    progress: ({ stage, message }) => progress(`${stage}: ${message}`),
    ...abort,
  });
}
