import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readLock } from '../../../builder/commands/lock.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-lock-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('a lock file that is not there is not one that cannot be read', async () => {
  expect(await readLock(join(folder, 'absent.json'))).toBeUndefined();
  await writeFile(join(folder, 'lock.json'), '{}');
  expect(await readLock(join(folder, 'lock.json'))).toBe('{}');
  await mkdir(join(folder, 'folder.json'));
  await expect(readLock(join(folder, 'folder.json'))).rejects.toMatchObject({
    code: 'lock-unreadable',
    message: `${join(folder, 'folder.json')} cannot be read (EISDIR)`,
  });
});
