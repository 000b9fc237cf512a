import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Repository } from '../../../builder/recipe/schema.ts';
import { metadataDigest, metalinkDigest, resolvedDigest } from '../../../builder/root/metadata.ts';
import { sha256 } from '../../../builder/shared/ids.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-metadata-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const repository = (url: Partial<Repository>) => Repository.parse({ id: 'a', gpgkey: 'file:///k', ...url });

it('of a folder is that of its repomd.xml', async () => {
  await mkdir(join(folder, 'repodata'));
  await writeFile(join(folder, 'repodata/repomd.xml'), '<repomd/>');
  for (const slash of ['', '/'])
    expect(await metadataDigest(repository({ baseurl: `file://${folder}${slash}` }))).toBe(
      sha256('<repomd/>'),
    );
});
it('is not known where nothing answers, or where dnf chooses the mirror', async () => {
  expect(await metadataDigest(repository({ baseurl: `file://${folder}` }))).toBeUndefined();
  expect(await metadataDigest(repository({ mirrorlist: 'https://mirror.example/list' }))).toBeUndefined();
});
it('that dnf resolved by lies in its cache, by id and address', async () => {
  const held = repository({ baseurl: 'https://mirror.example/9' });
  expect(await resolvedDigest(held, folder)).toBeUndefined();
  // sha256sum of that address.
  await mkdir(join(folder, 'a-83bc8d1ad78480f0/repodata'), { recursive: true });
  await writeFile(join(folder, 'a-83bc8d1ad78480f0/repodata/repomd.xml'), '<repomd/>');
  expect(await resolvedDigest(held, folder)).toBe(sha256('<repomd/>'));
  expect(await resolvedDigest({ ...held, baseurl: `${held.baseurl}/` }, folder)).toBeUndefined();
});
it('of a metalink is the current one, not an alternate', () => {
  const hash = (digit: string) => `<hash type="sha256">${digit.repeat(64)}</hash>`;
  const link = `<metalink><files><file name="repomd.xml"><size>9</size>
    <verification><hash type="md5">00</hash>${hash('a')}</verification>
    <mm0:alternates><mm0:alternate>${hash('b')}</mm0:alternate></mm0:alternates></file></files></metalink>`;
  expect(metalinkDigest(link)).toBe('a'.repeat(64));
  expect(metalinkDigest('<html>try later</html>')).toBeUndefined();
});
