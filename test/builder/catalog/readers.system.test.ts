import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openCatalog } from '../../../builder/catalog/catalog.ts';
import { exportImage } from '../../../builder/exchange/export.ts';
import { fillTarget } from '../../../builder/exchange/target.ts';
import { startDaemon } from '../../../builder/shared/process/daemon.ts';
import { makeImage } from '../evidence/image.ts';
import { testSigner } from '../evidence/signer.ts';
import { publishSmall } from './small-image.ts';

let base: string;
let folder: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'rackhand-readers-'));
  folder = join(base, 'catalog');
});
afterEach(() => rm(base, { recursive: true, force: true }));

/** A process that changes the catalog until it has done so often; its exit code tells whether all went well. */
function changer(what: string, ...more: string[]) {
  const program = join(import.meta.dirname, 'changer.ts');
  const argv = [process.execPath, '--disable-warning=ExperimentalWarning', program, folder, what, ...more];
  return startDaemon(argv, { stdio: ['ignore', 'inherit', 'inherit'] });
}

it('two processes move a tag: whoever reads gets one of its images, and nothing is left but the tag', async () => {
  const [one, two] = [await publishSmall(folder, '1'), await publishSmall(folder, '2')];
  await openCatalog(folder).tag(one.id, 'stable');
  const movers = [changer('tag', one.id), changer('tag', two.id)];
  let done = false;
  const ended = Promise.all(movers.map(({ exited }) => exited)).finally(() => {
    done = true;
  });
  const seen = new Set<string>();
  for (let reads = 0; !done && reads < 100_000; reads++) {
    const { images, unreadable, astray } = await openCatalog(folder).survey();
    const tagged = images.filter(({ tags }) => tags.includes('stable')).map(({ manifest }) => manifest.id);
    expect([tagged.length, images.length, unreadable, astray]).toEqual([1, 2, [], []]);
    expect([one.id, two.id]).toContain((await openCatalog(folder).resolve('stable')).id);
    seen.add(tagged[0]!);
  }
  expect((await ended).map(({ code }) => code)).toEqual([0, 0]);
  expect(seen.size).toBe(2);
  expect(await readdir(join(folder, 'tags'))).toEqual(['stable']);
  expect((await readdir(folder)).sort()).toEqual([one.id, two.id, 'tags'].sort());
});

it('while images are published, imported, tagged, pruned and removed, every one that is seen is whole', async () => {
  const newest = await publishSmall(folder, 'newest', '2027-01-01T00:00:00.000Z');
  const made = join(base, 'made');
  const { id: imported } = await makeImage(made, testSigner(1));
  const archive = join(made, 'image.tar');
  await fillTarget(archive, (sink) => exportImage(join(made, 'catalog'), imported, sink));
  const changers = [
    changer('publish', 'a'),
    changer('publish', 'b'),
    changer('replace'),
    changer('import', archive),
  ];
  let done = false;
  const ended = Promise.all(changers.map(({ exited }) => exited)).finally(() => {
    done = true;
  });
  const seen = new Set<string>();
  for (let reads = 0; !done && reads < 100_000; reads++) {
    const { images, unreadable } = await openCatalog(folder).survey();
    expect(unreadable.map(({ message }) => message)).toEqual([]);
    expect(images.map(({ manifest }) => manifest.id)).toContain(newest.id);
    for (const { manifest, times, papers } of images) {
      expect(times).toBeDefined();
      const signature = manifest.id === imported ? ['manifest.json.minisig'] : [];
      const whole = ['manifest.json', ...signature, 'provenance.json'];
      expect(papers.map(({ file }) => file)).toEqual(whole);
      seen.add(manifest.id);
    }
  }
  expect((await ended).map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  expect(seen.size).toBeGreaterThan(10);
  expect(seen).toContain(imported);
  expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
});
