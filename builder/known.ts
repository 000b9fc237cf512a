import { openCatalog } from './catalog/catalog.ts';
import type { Manifest } from './contract/manifest.ts';
import { sealFaults } from './evidence/seal.ts';
import type { Signer } from './evidence/signature.ts';
import type { Progress } from './stopwatch.ts';

/** The image of these inputs, if it is here, whole, and signed by the build's key. */
export async function knownImage(
  folder: string,
  key: string,
  signer: Signer | undefined,
  progress: Progress,
): Promise<Manifest | undefined> {
  const catalog = openCatalog(folder);
  const known = await catalog.findBuild(key);
  if (!known) return undefined;
  const { faults } = await catalog.verify(known.id);
  if (faults.length === 0 && signer) faults.push(...(await sealFaults(catalog.folder, known, signer)));
  const ok = faults.length === 0;
  const message = ok ? 'has these inputs already' : `is built again: ${faults.join('; ')}`;
  progress({ stage: 'catalog', message: `image ${known.id} ${message}`, ...(ok ? { fraction: 1 } : {}) });
  return ok ? known : undefined;
}
