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

/** In a mount namespace, as a build has it. @returns what the script printed */
async function inside(script: string): Promise<string> {
  const module = join(import.meta.dirname, '../../../builder/cache/workplace.ts');
  const whole = `
    import { chmod, lstat, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
    import { openWorkplace } from ${JSON.stringify(module)};
    const place = await openWorkplace(${JSON.stringify(cache)});
    const root = await place.mountRoot(${JSON.stringify(join(cache, 'tree'))});
    ${script}`;
  const argv = ['unshare', '--mount', '--propagation', 'private', '--', process.execPath];
  return (await run([...argv, '--input-type=module', '--eval', whole], { timeout: 30_000 })).stdout;
}

it('a workplace whose root is still in use closes all the same', async () => {
  const stdout = await inside(`
    const busy = await open(root + '/file');
    await place.close();
    await busy.close();
    console.log('closed');`);
  expect(stdout).toBe('closed\n');
  expect(await readdir(cache)).toEqual(['tree']);
});

it('a fork has what was written before it; what is written to either later does not show in the other', async () => {
  await writeFile(join(cache, 'tree/gone'), '1');
  const stdout = await inside(`
    await writeFile(root + '/file', 'before');
    await rm(root + '/gone');
    const fork = await place.fork();
    await writeFile(root + '/file', 'root');
    await writeFile(root + '/new', '1');
    await writeFile(fork.root + '/forked', '1');
    const text = (path) => readFile(path, 'utf8');
    console.log(JSON.stringify({
      changes: fork.changes.sort(), later: (await place.changes()).sort(),
      root: [(await readdir(root)).sort(), await text(root + '/file')],
      fork: [(await readdir(fork.root)).sort(), await text(fork.root + '/file')],
    }));
    await place.close();`);
  expect(JSON.parse(stdout)).toEqual({
    changes: ['file', 'gone'],
    later: ['file', 'gone', 'new'],
    root: [['file', 'new'], 'root'],
    fork: [['file', 'forked'], 'before'],
  });
  expect(await readdir(cache)).toEqual(['tree']);
  expect((await readdir(join(cache, 'tree'))).sort()).toEqual(['file', 'gone']);
});

it('a root is one device, whatever its layers lie on: programs stop at the seam of two', async () => {
  const stdout = await inside(`
    await writeFile(root + '/new', '1');
    await chmod(root + '/file', 0o600);
    const devices = await Promise.all(['', '/file', '/new'].map(async (path) => (await lstat(root + path)).dev));
    console.log(new Set(devices).size);
    await place.close();`);
  expect(stdout).toBe('1\n');
});
