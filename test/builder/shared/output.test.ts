import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeOutput } from '../../../builder/shared/output.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-output-'));
  await mkdir(join(folder, 'there'));
  await writeFile(join(folder, 'file'), 'old');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('is a new file, or takes the place of one, with the mode that is asked for', async () => {
  await writeOutput(join(folder, 'new'), 'new', { mode: 0o600 });
  expect((await stat(join(folder, 'new'))).mode & 0o777).toBe(0o600);
  await writeOutput(join(folder, 'file'), 'new');
  expect(await readFile(join(folder, 'file'), 'utf8')).toBe('new');
});

it('goes through a device, which stays one', async () => {
  const device = join(folder, 'null');
  await symlink('/dev/null', device);
  await writeOutput(device, 'x');
  expect((await stat(device)).isCharacterDevice()).toBe(true);
});

it.each([
  ['a folder', () => join(folder, 'there'), /there is a folder$/],
  ['below a file', () => join(folder, 'file/x'), /x cannot be written \((ENOTDIR|EEXIST)\)$/],
  ['where nobody writes', () => '/proc/rackhand.html', /cannot be written \(ENOENT\)$/],
])('%s: told with the option, and nothing is left', async (_, file, message) => {
  await expect(writeOutput(file(), 'x', { option: '--html' })).rejects.toMatchObject({
    code: 'output-unwritable',
    message: expect.stringMatching(message),
    mend: expect.stringContaining('--html FILE'),
  });
  expect(await readdir(join(folder, 'there'))).toEqual([]);
});
