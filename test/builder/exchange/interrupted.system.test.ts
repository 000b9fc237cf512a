import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openCatalog } from '../../../builder/catalog/catalog.ts';
import type { Manifest } from '../../../builder/contract/manifest.ts';
import { keyLine } from '../../../builder/evidence/signature.ts';
import { fromArchive } from '../../../builder/exchange/arrivals.ts';
import { exportImage } from '../../../builder/exchange/export.ts';
import { importImage } from '../../../builder/exchange/import.ts';
import { fillTarget } from '../../../builder/exchange/target.ts';
import { startDaemon } from '../../../builder/shared/process/daemon.ts';
import { run } from '../../../builder/shared/process/run.ts';
import { publishSmall } from '../catalog/small-image.ts';
import { makeImage } from '../evidence/image.ts';
import { testSigner } from '../evidence/signer.ts';
import { exported } from './archives.ts';

const PROGRAM = join(import.meta.dirname, '../../../bin/rackhand');
const signer = testSigner(1);
const trusting = { trusted: [signer], unsigned: false };
let base: string;
let image: Manifest;
let archive: Buffer;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'rackhand-interrupted-'));
  image = await makeImage(base, signer);
  archive = await exported(join(base, 'catalog'), image.id);
});
afterAll(() => rm(base, { recursive: true, force: true }));

let to: string;
beforeEach(async () => {
  to = await mkdtemp(join(base, 'to-'));
});

const arrivals = (bytes: AsyncIterable<Uint8Array>) => ({ where: 'a test', arrivals: fromArchive(bytes) });
async function* whole(): AsyncGenerator<Uint8Array> {
  yield archive;
}

/** `rackhand images import -`, which is given a part of the archive and then nothing. */
function importing(bytes: Buffer) {
  const argv = [PROGRAM, 'images', 'import', '-', '--catalog', to, '--trust', keyLine(signer)];
  const daemon = startDaemon(argv, { stdio: ['pipe', 'ignore', 'ignore'] });
  daemon.child.stdin!.on('error', () => undefined);
  daemon.child.stdin!.write(bytes);
  return daemon;
}

const staging = async () => (await readdir(to)).filter((name) => name.startsWith('.building-'));

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 600; i++) {
    if (await holds()) return;
    await wait(20);
  }
  throw new Error(`not in time: ${what}`);
}

describe('an import that is killed', () => {
  /** Bytes that came before, and milliseconds from when they are being written. */
  it.each([
    [0.3, 0],
    [0.9, 0],
    [1, 0],
    [1, 40],
    [1, 150],
    [1, 400],
  ])(
    'after %d of the archive and %i ms: nothing shows or all, and the next one leaves nothing else',
    async (part, pause) => {
      const daemon = importing(archive.subarray(0, part * archive.length));
      await until(
        'it begins',
        async () => (await staging()).length > 0 || (await readdir(to)).includes(image.id),
      );
      await wait(pause);
      daemon.child.kill('SIGKILL'); // it may have done by now
      await daemon.exited;
      const { images, unreadable } = await openCatalog(to).survey();
      expect(unreadable).toEqual([]);
      for (const { manifest } of images)
        expect(await openCatalog(to).verify(manifest.id)).toEqual({ ok: true, faults: [] });
      if (part < 1) expect(images).toEqual([]);
      const { outcome } = await importImage(arrivals(whole()), to, trusting);
      expect(outcome).toBe(images.length > 0 ? 'here-already' : 'imported');
      await publishSmall(to, 'the next one that sweeps');
      expect((await readdir(to)).filter((name) => name.startsWith('.'))).toEqual([]);
      expect(await openCatalog(to).verify(image.id)).toEqual({ ok: true, faults: [] });
    },
  );

  it('by a person leaves nothing at all', async () => {
    const daemon = importing(archive.subarray(0, archive.length / 2));
    await until('it begins', async () => (await staging()).length > 0);
    process.kill(daemon.pid!, 'SIGTERM');
    expect((await daemon.exited).code).toBe(1);
    expect(await readdir(to)).toEqual([]);
  });
});

describe('a full disk', () => {
  let disk: string;
  beforeEach(async () => {
    disk = join(to, 'disk');
    await mkdir(disk);
    await run(['mount', '-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', disk]);
  });
  afterEach(() => run(['umount', disk]));

  /** Fills the disk before a part of the archive comes. */
  async function* filling(): AsyncGenerator<Uint8Array> {
    yield archive.subarray(0, archive.length / 3);
    await fillDisk();
    yield archive.subarray(archive.length / 3);
  }
  async function fillDisk(): Promise<void> {
    await writeFile(join(disk, 'ballast'), Buffer.alloc(1 << 20)).catch(() => undefined);
  }

  it('is told before an import begins', async () => {
    const catalog = join(disk, 'catalog');
    const { id } = await publishSmall(catalog, 'here');
    await fillDisk();
    await expect(importImage(arrivals(whole()), catalog, trusting)).rejects.toMatchObject({
      code: 'no-space',
    });
    expect(await readdir(catalog)).toEqual([id]);
  });

  it('ends an import in its middle, and the catalog is whole', async () => {
    const catalog = join(disk, 'catalog');
    const { id } = await publishSmall(catalog, 'here');
    await expect(importImage(arrivals(filling()), catalog, trusting)).rejects.toMatchObject({
      code: 'no-space',
    });
    expect(await readdir(catalog)).toEqual([id]);
    expect(await openCatalog(catalog).verify(id)).toEqual({ ok: true, faults: [] });
    await rm(join(disk, 'ballast'));
    expect((await importImage(arrivals(whole()), catalog, trusting)).outcome).toBe('imported');
  });

  it('leaves tags where they were, lets images be removed, and makes room again', async () => {
    const catalog = join(disk, 'catalog');
    const [one, two] = [await publishSmall(catalog, 'one'), await publishSmall(catalog, 'two')];
    await openCatalog(catalog).tag(one.id, 'stable');
    await fillDisk();
    await expect(openCatalog(catalog).tag(two.id, 'stable')).rejects.toMatchObject({ code: 'no-space' });
    expect((await openCatalog(catalog).resolve('stable')).id).toBe(one.id);
    await openCatalog(catalog).remove(two.id);
    await openCatalog(catalog).remove(one.id, true);
    expect(await readdir(join(catalog, 'tags'))).toEqual([]);
    expect((await readdir(catalog)).sort()).toEqual(['tags']);
  });

  it('gives no half of an archive its name', async () => {
    const file = join(disk, 'image.tar');
    await fillDisk();
    const filled = fillTarget(file, (sink) => exportImage(join(base, 'catalog'), image.id, sink));
    await expect(filled).rejects.toMatchObject({ code: 'target-unwritable' });
    expect(await readdir(disk)).toEqual(['ballast']);
    await rm(join(disk, 'ballast'));
    await fillTarget(file, (sink) => exportImage(join(base, 'catalog'), image.id, sink));
    expect((await readFile(file)).equals(archive)).toBe(true);
  });
});
