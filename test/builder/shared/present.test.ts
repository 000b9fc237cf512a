import { chmod, constants, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { firstPresent, isPresent } from '../../../builder/shared/present.ts';

it('what is there, and what may be used', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rackhand-present-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const at = (name: string) => join(folder, name);
  await writeFile(at('file'), '');
  await writeFile(at('program'), '');
  await chmod(at('program'), 0o755);
  await symlink('nowhere', at('link'));
  const all = ['absent', 'link', 'file', 'program'].map(at);
  expect(await Promise.all([folder, ...all].map((path) => isPresent(path)))).toEqual([
    ...[true, false, false, true, true],
  ]);
  expect(await firstPresent(all)).toBe(at('file'));
  expect(await firstPresent(all, constants.X_OK)).toBe(at('program'));
  expect(await firstPresent([])).toBeUndefined();
  expect(await firstPresent([at('absent')])).toBeUndefined();
});
