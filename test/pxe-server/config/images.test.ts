import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkImages } from '../../../pxe-server/config/images.ts';
import { publishImage } from './catalog-fixture.ts';

let catalog: string;
beforeEach(async () => {
  catalog = await mkdtemp(join(tmpdir(), 'rackhand-catalog-'));
});
afterEach(() => rm(catalog, { recursive: true, force: true }));

describe('the default image', () => {
  it('by name (the newest), id, or a prefix of an id', async () => {
    await publishImage(catalog, { builtAt: '2026-01-01T00:00:00.000Z', content: 'old' });
    const { id } = await publishImage(catalog, { builtAt: '2026-02-01T00:00:00.000Z', content: 'new' });
    for (const wanted of ['lab', id, id.slice(0, 6)])
      expect(await checkImages(catalog, wanted)).toMatchObject({
        image: { id, folder: join(catalog, id) },
        all: [{ id }, { name: 'lab' }],
      });
  });
  it('may be left out', async () => {
    expect(await checkImages(catalog)).toEqual({ image: undefined, all: [] });
  });
  it('is not there: what is there is named', async () => {
    await expect(checkImages(catalog, 'lab')).rejects.toMatchObject({
      code: 'image-unknown',
      message: `default image lab is not in ${catalog}, or fits several; it holds no image`,
      mend: expect.stringContaining('rackhand build RECIPE'),
    });
    const { id } = await publishImage(catalog);
    await expect(checkImages(catalog, 'rocky9')).rejects.toMatchObject({
      message: expect.stringContaining(`it holds lab ${id}`),
    });
  });
  it('is named as no machine would find it at boot: by fewer than four digits', async () => {
    const { id } = await publishImage(catalog);
    await expect(checkImages(catalog, id.slice(0, 3))).rejects.toMatchObject({ code: 'image-unknown' });
  });
  it('has lost a file, or a part of one', async () => {
    const { id } = await publishImage(catalog);
    const rootfs = join(catalog, id, 'rootfs.squashfs');
    await truncate(rootfs, 3);
    await expect(checkImages(catalog, 'lab')).rejects.toMatchObject({
      code: 'image-damaged',
      message: `${rootfs} has 3 bytes, not 12`,
      mend: `rackhand images verify ${id}, then build it again`,
    });
    await rm(rootfs);
    await expect(checkImages(catalog, 'lab')).rejects.toMatchObject({ message: `${rootfs} is missing` });
  });
});

it('a catalog that is absent, or a file', async () => {
  const absent = join(catalog, 'absent');
  await expect(checkImages(absent)).rejects.toMatchObject({
    code: 'catalog-absent',
    message: `image catalog ${absent} cannot be read: there is no such folder`,
  });
  await writeFile(absent, '');
  await expect(checkImages(absent)).rejects.toMatchObject({
    code: 'catalog-absent',
    message: expect.stringContaining('it is not a folder'),
  });
});
