import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { choose, type Image, openCatalog } from '../../../builder/catalog/catalog.ts';
import { buildFile, imageId } from '../../../builder/catalog/id.ts';
import { stageImage } from '../../../builder/catalog/stage.ts';
import { refuseTag } from '../../../builder/catalog/tags.ts';
import type { Artifact, Manifest } from '../../../builder/contract/manifest.ts';
import { describeEvidence, namedEvidence } from '../../../builder/evidence/files.ts';
import { sha256 } from '../../../builder/shared/ids.ts';
import { manifest } from '../../shared/manifest.ts';
import { provenanceText } from '../../shared/provenance.ts';

const KEY = 'c'.repeat(64);
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-catalog-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function manifestOf(contents: Record<string, string>, more: Partial<Manifest> = {}): Manifest {
  const artifacts = Object.entries(contents).map(([role, text]) => ({
    ...{ role, file: `${role}.bin`, size: text.length, sha256: sha256(text) },
  })) as Artifact[];
  return manifest({
    ...{ id: imageId(artifacts), artifacts },
    packages: [{ name: 'bash', epoch: 0, version: '5.2', release: '1', arch: 'x86_64' }],
    ...more,
  });
}

const STAGE = { stage: 'root', milliseconds: 9, sizeBefore: 0, sizeAfter: 1 };
const FIRST = '2026-01-01T00:00:00.000Z';
const SECOND = '2027-01-01T00:00:00.000Z';

interface Publication {
  more?: Partial<Manifest>;
  builtAt?: string;
  signature?: string;
  build?: string;
}

async function publish(
  contents: Record<string, string>,
  { more, builtAt = FIRST, signature, build = buildFile(KEY) }: Publication = {},
): Promise<Manifest> {
  const staged = await stageImage(folder);
  const evidence = { contents: 'what is in it' };
  const made = manifestOf(contents, { evidence: describeEvidence(evidence), ...more });
  for (const { role, file } of made.artifacts) await writeFile(join(staged.folder, file), contents[role]!);
  await staged.publish(made, {
    ...{ ...namedEvidence(evidence), [build]: '{}\n', 'provenance.json': provenanceText(builtAt, [STAGE]) },
    ...(signature === undefined ? {} : { 'manifest.json.minisig': signature }),
  });
  return made;
}

describe('an image', () => {
  it('is read back as it was written', async () => {
    const made = await publish({ kernel: 'k', rootfs: 'r' });
    const catalog = openCatalog(folder);
    expect(await catalog.read(made.id)).toEqual(made);
    const times = { builtAt: FIRST, stages: [STAGE] };
    const papers = await Promise.all(
      ['manifest.json', 'provenance.json'].map(async (file) => {
        const bytes = await readFile(join(folder, made.id, file));
        return { file, size: bytes.length, sha256: sha256(bytes) };
      }),
    );
    expect(await catalog.list()).toEqual([{ manifest: made, times, papers, tags: [] }]);
    expect(await catalog.times(made.id)).toEqual(times);
    expect(catalog.artifact(made, 'rootfs')).toBe(join(folder, made.id, 'rootfs.bin'));
    expect(() => catalog.artifact(made, 'iso')).toThrow(`image ${made.id} has no iso`);
    expect(await catalog.verify(made.id)).toEqual({ ok: true, faults: [] });
    expect(await catalog.findBuild(KEY)).toEqual(made);
    expect(await catalog.findBuild('d'.repeat(64))).toBeUndefined();
  });

  it('has an id that hangs on its bytes alone', () => {
    const artifacts = manifestOf({ kernel: 'k', rootfs: 'r' }).artifacts;
    expect(imageId(artifacts)).toBe('ddcbd10b01661f2d');
    expect(imageId([...artifacts].reverse())).toBe('ddcbd10b01661f2d');
    expect(imageId(manifestOf({ kernel: 'k', rootfs: 'R' }).artifacts)).not.toBe('ddcbd10b01661f2d');
  });

  it('is not there until it is published, and nothing is left when it is discarded', async () => {
    const staged = await stageImage(folder);
    await writeFile(join(staged.folder, 'manifest.json'), JSON.stringify(manifestOf({ kernel: 'k' })));
    expect(await openCatalog(folder).list()).toEqual([]);
    await staged.discard();
    expect(await readdir(folder)).toEqual([]);
  });

  const OTHER = buildFile('d'.repeat(64));
  const textOf = (id: string, file: string) =>
    readFile(join(folder, id, file), 'utf8').catch(() => undefined);

  it('of the same bytes and manifest tells of its last build', async () => {
    const { id } = await publish({ kernel: 'k' });
    await publish({ kernel: 'k' }, { builtAt: SECOND, signature: 'signed', build: OTHER });
    expect(await readdir(folder)).toEqual([id]);
    expect((await openCatalog(folder).times(id))?.builtAt).toBe(SECOND);
    expect(await textOf(id, 'manifest.json.minisig')).toBe('signed');
    expect(await textOf(id, OTHER)).toBe('{}\n');
  });

  it('that is signed loses nothing to an unsigned build of the same bytes', async () => {
    const { id } = await publish({ kernel: 'k' }, { signature: 'signed' });
    await publish({ kernel: 'k' }, { builtAt: SECOND, build: OTHER });
    expect(await textOf(id, 'manifest.json.minisig')).toBe('signed');
    expect((await openCatalog(folder).times(id))?.builtAt).toBe(FIRST);
    expect(await textOf(id, OTHER)).toBe('{}\n');
  });

  it('never gets another manifest, only the record of what else gives its bytes', async () => {
    const made = await publish({ kernel: 'k' });
    const recipe = { name: 'other', sha256: 'f'.repeat(64) };
    await publish({ kernel: 'k' }, { more: { recipe }, builtAt: SECOND, signature: 'signed', build: OTHER });
    expect(await openCatalog(folder).read(made.id)).toEqual(made);
    expect(await textOf(made.id, 'manifest.json.minisig')).toBeUndefined();
    expect(await textOf(made.id, OTHER)).toBe('{}\n');
  });

  it('whose provenance is lost or damaged is the oldest of all, and there', async () => {
    const lost = await publish({ kernel: 'k' });
    const kept = await publish({ kernel: 'l' });
    await writeFile(join(folder, lost.id, 'provenance.json'), '{"payload":"e30="}');
    const catalog = openCatalog(folder);
    expect((await catalog.list()).map(({ manifest }) => manifest.id)).toEqual([kept.id, lost.id]);
    expect(await catalog.times(lost.id)).toBeUndefined();
    expect((await catalog.resolve('lab')).id).toBe(kept.id);
  });

  it('of the same bytes takes the place of what was damaged, beside what else was recorded of it', async () => {
    const made = await publish({ kernel: 'k', rootfs: 'r' });
    const home = join(folder, made.id);
    await writeFile(join(home, 'tested.json'), '{}\n');
    await writeFile(join(home, 'kernel.bin'), 'K');
    await rm(join(home, 'rootfs.bin'));
    await writeFile(join(home, 'manifest.json'), '{"schema":1}');
    await writeFile(join(home, 'manifest.json.minisig'), 'of what was there');
    await publish({ kernel: 'k', rootfs: 'r' }, { builtAt: SECOND });
    expect(await readdir(folder)).toEqual([made.id]);
    expect(await openCatalog(folder).verify(made.id)).toEqual({ ok: true, faults: [] });
    expect((await openCatalog(folder).times(made.id))?.builtAt).toBe(SECOND);
    expect(await readdir(home)).toContain('tested.json');
    expect(await readdir(home)).not.toContain('manifest.json.minisig');
  });

  it('is removed whole', async () => {
    const made = await publish({ kernel: 'k' });
    await openCatalog(folder).remove(made.id);
    expect(await readdir(folder)).toEqual([]);
    await expect(openCatalog(folder).remove(made.id)).rejects.toMatchObject({ code: 'image-unknown' });
  });

  it.each<[what: string, damage: (home: string) => Promise<void>, fault: string]>([
    ['changed', (home) => writeFile(join(home, 'rootfs.bin'), 'R'), 'rootfs.bin has other content'],
    ['cut off', (home) => writeFile(join(home, 'rootfs.bin'), ''), 'rootfs.bin has 0 bytes, not 1'],
    ['gone', (home) => rm(join(home, 'rootfs.bin')), 'rootfs.bin is missing'],
    [
      'whole, and whose evidence is not,',
      (home) => rm(join(home, 'contents.json.gz')),
      'contents.json.gz is missing',
    ],
  ])('whose artifact is %s is told by verify', async (_, damage, fault) => {
    const made = await publish({ kernel: 'k', rootfs: 'r' });
    await damage(join(folder, made.id));
    expect(await openCatalog(folder).verify(made.id)).toEqual({ ok: false, faults: [fault] });
  });

  it('whose manifest is broken is left out of the list and told by read', async () => {
    const made = await publish({ kernel: 'k' });
    await writeFile(join(folder, made.id, 'manifest.json'), '{"schema":1}');
    expect(await openCatalog(folder).list()).toEqual([]);
    await expect(openCatalog(folder).read(made.id)).rejects.toMatchObject({ code: 'manifest-invalid' });
  });

  it('of another version of the builder is told with its mend, beside those that can be read', async () => {
    const [made, other] = [await publish({ kernel: 'k' }), await publish({ kernel: 'l' })];
    const file = join(folder, other.id, 'manifest.json');
    await writeFile(file, JSON.stringify({ ...other, schema: 1, builtAt: FIRST, stages: [] }));
    const { images, unreadable } = await openCatalog(folder).survey();
    expect(images.map(({ manifest }) => manifest.id)).toEqual([made.id]);
    expect(unreadable).toMatchObject([
      {
        message: `${file}: has schema 1, and this program reads schema 2`,
        mend: `remove the image (rackhand images remove ${other.id}) and build it again`,
      },
    ]);
  });

  it.each<[what: string, damage: (file: string) => Promise<void>]>([
    ['broken', (file) => writeFile(file, '{"schema":1}')],
    ['no JSON', (file) => writeFile(file, '')],
    ['gone', (file) => rm(file)],
  ])('whose manifest is %s is named by its full id, and removed', async (_, damage) => {
    const made = await publish({ kernel: 'k' });
    const catalog = openCatalog(folder);
    await damage(join(folder, made.id, 'manifest.json'));
    await expect(catalog.resolve('lab')).rejects.toMatchObject({ code: 'image-unknown' });
    await expect(catalog.resolve(made.id)).rejects.toMatchObject({
      ...{ code: 'manifest-invalid', mend: expect.stringContaining(`rackhand images remove ${made.id}`) },
    });
    await catalog.remove(await catalog.find(made.id));
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('names', () => {
  it.each(['../etc', '..', '', 'ABCDEF0123456789', '0123456789abcde', '0123456789abcdef/x'])(
    '%j is no image id and never a path',
    async (id) => {
      await mkdir(join(folder, 'x'));
      await expect(openCatalog(folder).read(id)).rejects.toMatchObject({ code: 'image-unknown' });
      await expect(openCatalog(folder).remove(id)).rejects.toMatchObject({ code: 'image-unknown' });
    },
  );

  const image = (id: string, name: string): Image => ({
    manifest: { ...manifestOf({ kernel: id }), id, recipe: { name, sha256: '' } },
    ...{ times: undefined, papers: [], tags: [] },
  });
  const images = [
    image('aaaa000000000000', 'lab'),
    image('aaab000000000000', 'rocky9'),
    image('aaac000000000000', 'lab'),
  ];
  it.each([
    ['lab', 'aaaa000000000000'],
    ['rocky9', 'aaab000000000000'],
    ['aaac', 'aaac000000000000'],
    ['aaab000000000000', 'aaab000000000000'],
  ])('%s means %s', (name, id) => {
    expect(choose(images, name).id).toBe(id);
  });
  it('a prefix of several ids is an error that names them', () => {
    const twins = [image('aaaa000000000000', 'lab'), image('aaaa100000000000', 'rocky9')];
    expect(() => choose(twins, 'aaaa')).toThrow('aaaa means aaaa000000000000 and aaaa100000000000');
  });
  it('nothing found is not a broken store', async () => {
    expect(() => choose(images, 'nope')).toThrow('no image "nope" in the catalog');
    expect(await openCatalog(join(folder, 'absent')).list()).toEqual([]);
    await writeFile(join(folder, 'file'), '');
    await expect(openCatalog(join(folder, 'file')).list()).rejects.toMatchObject({
      code: 'catalog-unreadable',
      message: `catalog ${join(folder, 'file')} cannot be read: it is not a folder`,
    });
  });
});

describe('a tag', () => {
  const tags = async () =>
    Object.fromEntries((await openCatalog(folder).list()).map((image) => [image.manifest.id, image.tags]));

  it('is made, moved and taken away; it names its image', async () => {
    const [one, two] = [await publish({ kernel: 'k' }), await publish({ kernel: 'l' })];
    const catalog = openCatalog(folder);
    expect(await catalog.tag(one.id, 'stable')).toBeUndefined();
    expect(await catalog.tag(one.id, 'canary')).toBeUndefined();
    expect(await tags()).toEqual({ [one.id]: ['canary', 'stable'], [two.id]: [] });
    expect(await catalog.tag(two.id, 'stable')).toBe(one.id);
    expect(await catalog.tag(two.id, 'stable')).toBe(two.id);
    expect(await catalog.resolve('stable')).toEqual(two);
    expect(await catalog.find('canary')).toBe(one.id);
    await catalog.untag('stable');
    await expect(catalog.resolve('stable')).rejects.toMatchObject({ code: 'image-unknown' });
    await expect(catalog.untag('stable')).rejects.toMatchObject({ code: 'tag-unknown' });
    expect(await readdir(join(folder, 'tags'))).toEqual(['canary']);
  });

  it('is given to no image that is not there', async () => {
    const catalog = openCatalog(folder);
    await expect(catalog.tag('0123456789abcdef', 'stable')).rejects.toMatchObject({ code: 'image-unknown' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('keeps its image from being removed, or goes with it', async () => {
    const { id } = await publish({ kernel: 'k' });
    const catalog = openCatalog(folder);
    await catalog.tag(id, 'stable');
    await writeFile(join(folder, id, 'manifest.json'), '{"schema":1}');
    await expect(catalog.remove(id)).rejects.toMatchObject({
      ...{ code: 'image-in-use', message: `image ${id} is in use: tag stable` },
    });
    await catalog.remove(id, true);
    expect(await readdir(folder)).toEqual(['tags']);
    expect(await readdir(join(folder, 'tags'))).toEqual([]);
  });

  it('of an image that somebody took away is told, and means nothing', async () => {
    const { id } = await publish({ kernel: 'k' });
    await openCatalog(folder).tag(id, 'stable');
    await rm(join(folder, id), { recursive: true });
    expect(await openCatalog(folder).survey()).toEqual({
      ...{ images: [], unreadable: [], astray: [{ tag: 'stable', id }] },
    });
  });

  it('is read as none where something else lies in its place', async () => {
    const { id } = await publish({ kernel: 'k' });
    await mkdir(join(folder, 'tags/folder'), { recursive: true });
    for (const [name, text] of Object.entries({ '.half.tmp': id, empty: '', path: '../x', NAME: id }))
      await writeFile(join(folder, 'tags', name), text);
    expect(await tags()).toEqual({ [id]: [] });
  });

  it.each([
    ['stable', undefined],
    ['v1.2-rc_1', undefined],
    ['abc', undefined],
    ['lab', 'is the name of a recipe'],
    ['abcd', 'could be digits'],
    ['0123456789abcdef', 'could be digits'],
    ['0123456789abcdef0', undefined],
    ['Stable', 'is no tag'],
    ['../stable', 'is no tag'],
    ['.stable', 'is no tag'],
    ['', 'is no tag'],
    ['a'.repeat(64), 'is no tag'],
  ])('%j is refused: %s', (tag, why) => {
    const refuse = () => refuseTag(tag, ['rocky9', 'lab']);
    if (why === undefined) expect(refuse).not.toThrow();
    else expect(refuse).toThrow(why);
  });
});

describe('left by a build that was killed', () => {
  it('is swept by the next one; a living build’s folder stays', async () => {
    await mkdir(join(folder, '.building-999999999-1-abcd1234'));
    await mkdir(join(folder, '.removed-0123456789abcdef'));
    await writeFile(join(folder, '.lock'), '999999999');
    const alive = await stageImage(folder);
    const second = await stageImage(folder);
    const left = await readdir(folder);
    expect(left.map((name) => join(folder, name)).sort()).toEqual([alive.folder, second.folder].sort());
    await alive.discard();
    await second.discard();
  });
});
