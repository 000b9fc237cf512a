import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCatalog } from '../../../builder/catalog/catalog.ts';
import { imageId } from '../../../builder/catalog/id.ts';
import { stageImage } from '../../../builder/catalog/stage.ts';
import type { Artifact } from '../../../builder/contract/manifest.ts';
import type { TrialRun } from '../../../builder/contract/trial.ts';
import { sha256 } from '../../../builder/shared/ids.ts';
import { run } from '../../../builder/shared/process/run.ts';
import { keepResults, readResults } from '../../../builder/trial/results.ts';
import { manifest } from '../../shared/manifest.ts';
import { testSigner } from '../evidence/signer.ts';
import { publishSmall } from './small-image.ts';

// A real file system that is full, at each moment at which a build or a test of an image writes to the catalog. Imports,
// exports, tags and removals: exchange/interrupted.system.test.ts.

const signer = testSigner(1);
let base: string;
let disk: string;
let catalog: string;
let there: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'rackhand-full-'));
  disk = join(base, 'disk');
  await mkdir(disk);
  await run(['mount', '-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', disk]);
  catalog = join(disk, 'catalog');
  ({ id: there } = await publishSmall(catalog, 'there before'));
});
afterEach(async () => {
  await run(['umount', disk]);
  await rm(base, { recursive: true, force: true });
});

/** Not a byte more fits. */
function fillDisk(): void {
  const ballast = openSync(join(disk, 'ballast'), 'w');
  try {
    for (;;) writeSync(ballast, Buffer.alloc(4096));
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
  } finally {
    closeSync(ballast);
  }
}

/** The catalog has these images and nothing else; each is whole, and everybody can list them. */
async function expectWhole(...ids: string[]): Promise<void> {
  expect((await readdir(catalog)).sort()).toEqual([...ids].sort());
  const { images, unreadable, astray } = await openCatalog(catalog).survey();
  expect(images.map(({ manifest }) => manifest.id).sort()).toEqual([...ids].sort());
  expect([unreadable, astray]).toEqual([[], []]);
  for (const id of ids) expect(await openCatalog(catalog).verify(id)).toEqual({ ok: true, faults: [] });
}

describe('a build that finds the disk full', () => {
  const kernel = 'k'.repeat(100_000);
  const artifacts: Artifact[] = [
    { role: 'kernel', file: 'vmlinuz', size: kernel.length, sha256: sha256(kernel) },
  ];
  const made = manifest({ id: imageId(artifacts), artifacts });
  const papers = { 'provenance.json': '{}', 'build-1.json': '{}' };

  it.each<[when: string, at: 'artifact' | 'manifest']>([
    ['while it writes an artifact', 'artifact'],
    ['when only manifest and evidence are left to write', 'manifest'],
  ])('%s leaves the catalog as it was, and builds once there is room', async (_, at) => {
    const staged = await stageImage(catalog);
    const building = async () => {
      if (at === 'artifact') fillDisk();
      await writeFile(join(staged.folder, 'vmlinuz'), kernel);
      fillDisk();
      await staged.publish(made, papers);
    };
    await expect(building().finally(() => staged.discard())).rejects.toMatchObject({ code: 'ENOSPC' });
    await expectWhole(there);
    await rm(join(disk, 'ballast'));
    const again = await stageImage(catalog);
    await writeFile(join(again.folder, 'vmlinuz'), kernel);
    await again.publish(made, papers);
    await expectWhole(there, made.id);
  });

  it('by a kill as well: the next one clears up', async () => {
    const staged = await stageImage(catalog);
    await writeFile(join(staged.folder, 'vmlinuz'), kernel);
    fillDisk();
    await expect(staged.publish(made, papers)).rejects.toMatchObject({ code: 'ENOSPC' });
    // What the folder of a process that is gone is called.
    const dead = join(catalog, '.building-1-1-0123abcd');
    await run(['mv', staged.folder, dead]);
    const { images } = await openCatalog(catalog).survey();
    expect(images.map(({ manifest }) => manifest.id)).toEqual([there]);
    await (await stageImage(catalog)).discard();
    await expectWhole(there);
  });
});

it('results of tests stay as they were, and leave nothing of the new ones', async () => {
  const ended = async (why: string, length: number): Promise<TrialRun> => {
    const log = why.padEnd(length, '.');
    await writeFile(join(base, 'iso-bios.log'), log);
    return {
      ...{ mode: 'iso-bios', result: 'passed', why, at: '2026-01-01T00:00:00Z' },
      ...{ moments: { healthy: 60 }, longest: [] },
      machine: { accelerator: 'tcg', memory: 2560, qemu: 'QEMU' },
      files: [{ file: 'iso-bios.log', size: length, sha256: sha256(log) }],
    };
  };
  const keep = (run: TrialRun) =>
    keepResults(catalog, there, { runs: [run], folder: base, builderVersion: '1', signer });
  await keep(await ended('first', 10));
  const names = (await readdir(join(catalog, there))).sort();
  fillDisk();
  await expect(keep(await ended('second', 100_000))).rejects.toMatchObject({ code: 'no-space' });
  const kept = await readResults(catalog, there, [signer]);
  expect([kept?.by?.number, kept?.result.runs[0]?.why]).toEqual([signer.number, 'first']);
  expect((await readdir(join(catalog, there))).sort()).toEqual(names);
  await rm(join(disk, 'ballast'));
  await keep(await ended('second', 100_000));
  expect((await readResults(catalog, there, [signer]))?.result.runs[0]?.why).toBe('second');
});
