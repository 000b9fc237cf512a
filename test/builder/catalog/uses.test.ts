import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCatalog } from '../../../builder/catalog/catalog.ts';
import { pruneCatalog } from '../../../builder/catalog/prune.ts';
import { readUses, writeUses } from '../../../builder/catalog/uses.ts';
import type { ImageUses } from '../../../builder/contract/uses.ts';
import { publishImage } from '../../pxe-server/config/catalog-fixture.ts';

const SERVER = '0123456789abcdef0123456789abcdef';
const USES: ImageUses = {
  ...{ schema: 1, server: 'boot1', writtenAt: '2026-01-01T00:00:00.000Z', default: 'lab' },
  hosts: [{ name: 'n1', image: null, booted: ['0123456789abcdef'] }],
};
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-uses-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const aged = (content: string, builtAt: string) => publishImage(folder, { content, builtAt });

describe('what servers have noted', () => {
  it('is read back, and is nothing where none has', async () => {
    expect(await readUses(folder)).toEqual([]);
    await writeUses(folder, SERVER, USES);
    await writeUses(folder, SERVER.replace('0', '1'), { ...USES, server: 'boot2' });
    await writeFile(join(folder, 'uses/.half.tmp'), '{');
    expect(await readUses(folder)).toEqual([USES, { ...USES, server: 'boot2' }]);
  });

  it.each<[what: string, spoil: (file: string) => Promise<void>]>([
    ['is no JSON', (file) => writeFile(file, '{')],
    ['is of another version', (file) => writeFile(file, JSON.stringify({ ...USES, schema: 2 }))],
    ['is a link to another file', (file) => symlink('/etc/hostname', file)],
    ['is a folder', (file) => mkdir(file)],
  ])('and %s keeps every image', async (_, spoil) => {
    await aged('old', '2025-01-01T00:00:00.000Z');
    await aged('new', '2026-01-01T00:00:00.000Z');
    await mkdir(join(folder, 'uses'));
    await spoil(join(folder, `uses/${SERVER}.json`));
    const before = await readdir(folder);
    await expect(pruneCatalog(folder, { keep: 1, dryRun: false })).rejects.toMatchObject({
      ...{ code: 'uses-unreadable', mend: expect.stringContaining('start its server') },
    });
    expect(await readdir(folder)).toEqual(before);
  });
});

describe('prune', () => {
  it('removes what is old and unused, and tells of all', async () => {
    const ids = [];
    for (const n of [1, 2, 3, 4, 5]) ids.push((await aged(`${n}`, `2026-01-0${n}T00:00:00.000Z`)).id);
    const [one, two, three, four, five] = ids as [string, string, string, string, string];
    await openCatalog(folder).tag(two, 'stable');
    await writeUses(folder, SERVER, { ...USES, hosts: [{ name: 'n1', image: 'lab', booted: [four] }] });
    const dry = await pruneCatalog(folder, { keep: 1, dryRun: true });
    expect(dry.removed.map(({ manifest }) => manifest.id)).toEqual([one, three]);
    expect(await openCatalog(folder).list()).toHaveLength(5);
    const done = await pruneCatalog(folder, { keep: 1, dryRun: false });
    expect(done).toEqual(dry);
    expect(done.kept.map(({ image, because }) => [image.manifest.id, because.join('; ')])).toEqual([
      [five, 'newest of lab; default of server boot1; used by n1'],
      [four, 'used by n1'],
      [two, 'tag stable'],
    ]);
    expect((await openCatalog(folder).list()).map(({ manifest }) => manifest.id)).toEqual([five, four, two]);
    expect((await pruneCatalog(folder, { keep: 1, dryRun: false })).removed).toEqual([]);
  });

  it('leaves alone what it cannot read, and a catalog that is not there', async () => {
    const { id } = await aged('', '2026-01-01T00:00:00.000Z');
    await writeFile(join(folder, id, 'manifest.json'), '{"schema":1}');
    const { removed, unreadable } = await pruneCatalog(folder, { keep: 1, dryRun: false });
    expect([removed, unreadable.map(({ code }) => code)]).toEqual([[], ['manifest-invalid']]);
    expect(await readdir(folder)).toEqual([id]);
    expect(await pruneCatalog(join(folder, 'none'), { keep: 1, dryRun: false })).toMatchObject({
      ...{ removed: [], kept: [] },
    });
    expect(await readdir(folder)).toEqual([id]);
  });
});

it('an image that a host uses is not removed by hand either, unless it has to be', async () => {
  const { id } = await aged('', '2026-01-01T00:00:00.000Z');
  await writeUses(folder, SERVER, USES);
  await expect(openCatalog(folder).remove(id)).rejects.toMatchObject({
    ...{ code: 'image-in-use', message: `image ${id} is in use: used by n1; default of server boot1` },
  });
  await openCatalog(folder).remove(id, true);
  expect(await readdir(folder)).toEqual(['uses']);
});
