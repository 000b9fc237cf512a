import { link, mkdtemp, readFile, rename, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileDigests } from '../../../builder/shared/digests.ts';
import { sha256 } from '../../../builder/shared/ids.ts';

let folder: string;
let file: string;
let digests: FileDigests;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-digests-'));
  file = join(folder, 'rootfs.squashfs');
  await writeFile(file, 'as it was made');
  await utimes(file, 1_700_000_000, 1_700_000_000);
  digests = new FileDigests();
  expect(await digests.of(file)).toBe(sha256('as it was made'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Other bytes at the same times: who reads the file once more would see them. */
async function changeUnseen(): Promise<void> {
  const { atime, mtime } = await stat(file);
  await writeFile(file, 'AS IT WAS MADE');
  await utimes(file, atime, mtime);
}

it('a file is read once, under whatever name', async () => {
  await changeUnseen();
  await link(file, join(folder, 'link'));
  await rename(file, join(folder, 'moved'));
  for (const name of ['link', 'moved'])
    expect(await digests.of(join(folder, name))).toBe(sha256('as it was made'));
});

describe('a file is read again', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['that was written to', () => writeFile(file, 'as it was mAde')],
    ['that was cut short', () => truncate(file, 5)],
    ['whose time was set', () => changeUnseen().then(() => utimes(file, 1, 1))],
    [
      'that another took the place of',
      async () => {
        const other = join(folder, 'other');
        await writeFile(other, 'another, named');
        await utimes(other, 1_700_000_000, 1_700_000_000);
        await rename(other, file);
      },
    ],
  ])('%s', async (_what, change) => {
    await change();
    expect(await digests.of(file)).toBe(sha256(await readFile(file)));
  });
  it('that could not be read before', async () => {
    const absent = join(folder, 'absent');
    await expect(digests.of(absent)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(digests.of(folder)).rejects.toMatchObject({ code: 'EISDIR' });
    await writeFile(absent, 'there now');
    expect(await digests.of(absent)).toBe(sha256('there now'));
  });
});
