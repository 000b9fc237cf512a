import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { expect, it } from 'vitest';
import { addBuildCommand, renderImage } from '../../../builder/commands/build.ts';
import { manifest } from '../../shared/manifest.ts';

const STAGES = [{ stage: 'root', milliseconds: 1500, sizeBefore: 0, sizeAfter: 3 << 20 }];

it('the summary of a build: stages, artifacts, and nothing to warn of', () => {
  expect(renderImage(manifest(), STAGES, true).split('\n')).toEqual([
    'image 0123456789abcdef (lab, kernel 6.1.0)',
    '  root           1.5 s      0.0 MiB →     3.0 MiB',
    '  kernel         0.0 KiB',
  ]);
});

it('says that an image is unsigned, or that nobody checked its packages', () => {
  const text = renderImage(manifest({ signatures: { base: 'checked', own: 'unchecked' } }), [], false);
  expect(text).toContain('WARNING: the image is UNSIGNED');
  expect(text).toContain('WARNING: the packages of own were installed with their signatures UNCHECKED');
  expect(text).not.toContain('packages of base');
});

it('a recipe that cannot be built makes no key', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rackhand-build-'));
  try {
    const program = new Command().exitOverride();
    addBuildCommand(program);
    const argv = [
      'build',
      'nonexistent',
      '--key',
      join(folder, 'signing.key'),
      '--catalog',
      join(folder, 'c'),
    ];
    await expect(program.parseAsync(argv, { from: 'user' })).rejects.toMatchObject({
      code: 'recipe-missing',
    });
    expect(await readdir(folder)).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
