import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { addImagesCommands } from '../../../builder/commands/images.ts';

const ID = '0123456789abcdef';
let catalog: string;
beforeEach(async () => {
  catalog = await mkdtemp(join(tmpdir(), 'rackhand-images-'));
  await mkdir(join(catalog, ID));
  await writeFile(join(catalog, ID, 'manifest.json'), '{"schema":1}');
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(catalog, { recursive: true });
});

/** What `rackhand images …` prints. */
async function images(...argv: string[]): Promise<string> {
  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const program = new Command().exitOverride();
  addImagesCommands(program);
  await program.parseAsync(['images', ...argv, '--catalog', catalog], { from: 'user' });
  return written.mock.calls.map(([text]) => text).join('');
}

it('an image whose manifest is broken is told by verify, and removed as that says', async () => {
  await expect(images('verify', ID)).rejects.toMatchObject({
    ...{ code: 'manifest-invalid', mend: expect.stringContaining(`rackhand images remove ${ID}`) },
  });
  expect(await images('remove', ID)).toBe(`${ID}: removed\n`);
  expect(await readdir(catalog)).toEqual([]);
});
