import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Compared, firstDifference, renderDifference } from '../../builder/compare/difference.ts';
import { openEnvelope } from '../../builder/contract/provenance.ts';
import { readDescribed } from '../../builder/report/read.ts';
import { run } from '../../builder/shared/process/run.ts';
import { labFolder } from '../lab/folder.ts';
import { labImage } from '../lab/image.ts';
import { faketime } from '../shared/faketime.ts';

// The lab image, and the same once more, from nothing, as it would be built somewhere else by somebody else.

const LIMIT = 45 * 60_000;
const ELSEWHERE = join(import.meta.dirname, 'elsewhere.sh');
const NOBODY = '65534:65534';
const lab = labFolder();

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp('/var/tmp/rackhand-again-');
  await run(['chmod', '755', folder]);
}, LIMIT);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The one image of a catalog. */
async function only(catalog: string): Promise<Compared> {
  const [id] = (await readdir(catalog)).filter((name) => /^[0-9a-f]{16}$/.test(name));
  return { ...(await readDescribed(catalog, id!)), folder: join(catalog, id!) };
}

describe('the same inputs give the same bytes', () => {
  it(
    'on another day, as an ordinary user, on one processor, with other paths, mask, locale and time zone',
    async () => {
      const { id } = await labImage(lab, (line) => process.stdout.write(`  ${line}\n`));
      const here = { ...(await readDescribed(lab.catalog, id)), folder: join(lab.catalog, id) };

      const place = join(folder, 'an-other-plâce');
      await mkdir(place);
      const key = join(place, 'signing.key');
      await copyFile(join(lab.root, 'signing.key'), key);
      await run(['chown', '-R', NOBODY, place]);
      const build = [
        ...['/mnt/bin/rackhand', 'build', 'lab', '--key', key, '--catalog', 'catalog', '--cache', 'cache'],
        ...['--set', 'mirror=/srv/repository', '--set', 'key=/srv/RPM-GPG-KEY-rackhand-lab'],
      ];
      const argv = ['unshare', '--mount', '--propagation', 'private', '--', ELSEWHERE];
      await run([...argv, lab.mirror, await faketime(), place, ...build], { timeout: LIMIT });

      const there = await only(join(place, 'catalog'));
      // Each has to be another one, or their likeness proves nothing.
      expect((await beganAt(there)) - (await beganAt(here))).toBeGreaterThan(399 * 24 * 3600 * 1000);
      expect((await stat(there.folder)).uid).toBe(65534);
      expect(there.manifest.selinux).toBe('enforcing');
      expect(renderDifference(await firstDifference(here, there, folder))).toMatch(
        /is the same, byte for byte$/,
      );
      for (const file of ['manifest.json', 'manifest.json.minisig'])
        expect(await readFile(join(there.folder, file), 'utf8')).toBe(
          await readFile(join(here.folder, file), 'utf8'),
        );
    },
    LIMIT,
  );
});

async function beganAt({ folder }: Compared): Promise<number> {
  const { provenance } = openEnvelope(await readFile(join(folder, 'provenance.json'), 'utf8'))!;
  return Date.parse(provenance.predicate.runDetails.metadata.startedOn);
}
