import { createReadStream } from 'node:fs';
import { openCatalog } from '../../../builder/catalog/catalog.ts';
import { pruneCatalog } from '../../../builder/catalog/prune.ts';
import { fromArchive } from '../../../builder/exchange/arrivals.ts';
import { importImage } from '../../../builder/exchange/import.ts';
import { testSigner } from '../evidence/signer.ts';
import { publishSmall } from './small-image.ts';

/** Changes a catalog many times, for tests that read it at the same time: CATALOG tag ID |
 * publish NAME | replace | import ARCHIVE. */
const [folder, what, more] = process.argv.slice(2) as [string, string, string];
/** An import verifies everything each time. */
const ROUNDS = what === 'import' ? 8 : 30;
const catalog = openCatalog(folder);

for (let round = 0; round < ROUNDS; round++) {
  if (what === 'tag') await catalog.tag(more, 'stable');
  if (what === 'publish') {
    const builtAt = new Date(Date.UTC(2025, 0, 1, 0, 0, round)).toISOString();
    const { id } = await publishSmall(folder, `${more} ${round}`, builtAt);
    await catalog.tag(id, more).catch(isGone);
    await pruneCatalog(folder, { keep: 1, dryRun: false });
  }
  if (what === 'replace') {
    const { id } = await publishSmall(folder, 'replaced');
    await catalog.remove(id, true).catch(isGone);
  }
  if (what === 'import') {
    const arrivals = fromArchive(createReadStream(more));
    const { report } = await importImage({ where: more, arrivals }, folder, {
      trusted: [testSigner(1)],
      unsigned: false,
    });
    await catalog.remove(report.image!, true).catch(isGone);
  }
}

/** Another one's prune may be quicker: without a tag the image is old. */
function isGone(error: { code?: string }): void {
  if (error.code !== 'image-unknown') throw error;
}
