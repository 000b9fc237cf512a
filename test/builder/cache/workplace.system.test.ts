import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { run } from '../../../builder/shared/process/run.ts';

let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'rackhand-work-'));
  await mkdir(join(cache, 'tree'));
  await writeFile(join(cache, 'tree/file'), '1');
});
afterEach(() => rm(cache, { recursive: true, force: true }));

it('a workplace whose root is still in use closes all the same', async () => {
  const module = join(import.meta.dirname, '../../../builder/cache/workplace.ts');
  const script = `
    import { open } from 'node:fs/promises';
    import { openWorkplace } from ${JSON.stringify(module)};
    const place = await openWorkplace(${JSON.stringify(cache)});
    const root = await place.mountRoot(${JSON.stringify(join(cache, 'tree'))});
    const busy = await open(root + '/file');
    await place.close();
    await busy.close();
    console.log('closed');`;
  const argv = ['unshare', '--mount', '--propagation', 'private', '--', process.execPath];
  const { stdout } = await run([...argv, '--input-type=module', '--eval', script], { timeout: 30_000 });
  expect(stdout).toBe('closed\n');
  expect(await readdir(cache)).toEqual(['tree']);
});
