import { removeImage } from './catalog.ts';
import { changeCatalog } from './change.ts';
import { type Kept, type PrunePlan, type PrunePolicy, planPrune } from './prune-plan.ts';
import { type Image, nameable, type Survey, surveyCatalog } from './survey.ts';
import { readUses } from './uses.ts';

export interface Pruned {
  /** Oldest first; with `dryRun`, what would have been removed. */
  removed: Image[];
  kept: Kept<Image>[];
  /** Images that cannot be read are left alone. */
  unreadable: Survey['unreadable'];
  /** Servers that have told what their hosts use. */
  servers: number;
}

/**
 * Removes images that are old and used by nobody. It looks anew before each removal: tags cannot move in the
 * meantime, but a server may note another host.
 * @throws RackhandError uses-unreadable | catalog-unwritable
 */
export async function pruneCatalog(
  folder: string,
  policy: PrunePolicy & { dryRun: boolean },
): Promise<Pruned> {
  if (policy.dryRun) {
    const { plan, ...seen } = await look(folder, policy);
    return { removed: plan.remove.map(({ image }) => image), kept: keptOf(plan), ...seen };
  }
  return changeCatalog(folder, async () => {
    const removed: Image[] = [];
    for (;;) {
      const { plan, ...seen } = await look(folder, policy);
      const [next] = plan.remove;
      if (!next) return { removed, kept: keptOf(plan), ...seen };
      await removeImage(folder, next.id);
      removed.push(next.image);
    }
  });
}

function keptOf({ keep }: PrunePlan<{ image: Image }>): Kept<Image>[] {
  return keep.map(({ image: { image }, because }) => ({ image, because }));
}

async function look(folder: string, policy: PrunePolicy) {
  const uses = await readUses(folder);
  const { images, unreadable } = await surveyCatalog(folder);
  return { plan: planPrune(nameable(images), uses, policy), unreadable, servers: uses.length };
}
