import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Stages } from '../../../builder/cache/stages.ts';
import { stageImage } from '../../../builder/catalog/stage.ts';
import { addImagesCommands } from '../../../builder/commands/images.ts';
import { ownerName } from '../../../builder/shared/owner.ts';
import { publishSmall } from '../catalog/small-image.ts';

let base: string;
let catalog: string;
let cache: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'rackhand-gc-'));
  [catalog, cache] = [join(base, 'catalog'), join(base, 'cache')];
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(base, { recursive: true, force: true });
});

const DEAD = '999999999-1';
const HOUR = 3600;

/** A file, of an age in seconds. */
async function file(path: string, age = 0, bytes = 4096): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, Buffer.alloc(bytes, 1));
  await utimes(path, Date.now() / 1000 - age, Date.now() / 1000 - age);
}

async function gc(...more: string[]): Promise<{ path: string; bytes: number; why: string }[]> {
  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const program = new Command().exitOverride();
  addImagesCommands(program);
  const argv = ['images', 'gc', '--json', '--catalog', catalog, '--cache', cache, ...more];
  await program.parseAsync(argv, { from: 'user' });
  const { removed } = JSON.parse(written.mock.calls.map(([text]) => text).join(''));
  written.mockRestore();
  return removed.map((one: { path: string }) => ({ ...one, path: one.path.slice(base.length + 1) }));
}

/** Every path below a folder, in order. */
const paths = async () => (await readdir(base, { recursive: true })).sort();

async function result(name: string, age: number): Promise<void> {
  const folder = join(cache, 'stages', name);
  await file(join(folder, 'tree'));
  await utimes(folder, Date.now() / 1000 - age, Date.now() / 1000 - age);
}

it('removes what ended programs have left, and tells of it before and after', async () => {
  const { id } = await publishSmall(catalog, 'kept');
  const living = await stageImage(catalog);
  await file(join(cache, `work-${await ownerName()}-x/root`));
  await file(join(catalog, id, '.0123456789ab.tmp'), HOUR - 60);
  await mkdir(join(cache, 'users'), { recursive: true });
  const before = await paths();
  await file(join(catalog, `.building-${DEAD}-abcd1234/rootfs.squashfs`), 0, 8192);
  await file(join(catalog, '.removed-0123456789abcdef/vmlinuz'));
  await file(join(catalog, 'tags/.0123456789ab.tmp'), HOUR + 60);
  await file(join(cache, `work-${DEAD}-x/root/etc/hosts`));
  await file(join(cache, 'stages/.gone-abcd1234/tree'));
  await file(join(cache, '.ba9876543210.tmp'), HOUR + 60);
  const all = await paths();

  const dry = await gc('--dry-run');
  expect(dry.map(({ path }) => path)).toEqual([
    `catalog/.building-${DEAD}-abcd1234`,
    'catalog/.removed-0123456789abcdef',
    'catalog/tags/.0123456789ab.tmp',
    `cache/work-${DEAD}-x`,
    'cache/stages/.gone-abcd1234',
    'cache/.ba9876543210.tmp',
  ]);
  expect(dry[0]!.bytes).toBeGreaterThanOrEqual(8192);
  expect(await paths()).toEqual(all);

  expect(await gc()).toEqual(dry);
  expect(await paths()).toEqual([...before, 'catalog/tags', 'cache/stages'].sort());
  expect(await gc()).toEqual([]);
  await living.discard();
});

it('removes results that no build has used for long, and none that one is using', async () => {
  const stages = await Stages.open(cache);
  const { key } = await stages.find('root', { in: 'use' });
  await result(`root-${key.slice(0, 32)}`, 90 * 24 * HOUR);
  await result('root-idle', 31 * 24 * HOUR);
  await result('root-used', 29 * 24 * HOUR);
  const idle = { path: 'cache/stages/root-idle', why: 'a result that no build has used for 31 days' };
  expect(await gc('--dry-run')).toMatchObject([idle]);
  expect(await gc()).toMatchObject([idle]);
  expect(await gc('--idle', '28d')).toMatchObject([{ path: 'cache/stages/root-used' }]);
  await stages.release();
  expect(await gc()).toMatchObject([{ path: `cache/stages/root-${key.slice(0, 32)}` }]);
  expect(await readdir(join(cache, 'stages'))).toEqual([]);
  expect(await readdir(join(cache, 'users'))).toEqual([]);
});

it('removes them from a cache that no build of this version has opened', async () => {
  await result('root-idle', 31 * 24 * HOUR);
  expect(await gc()).toHaveLength(1);
  expect(await readdir(join(cache, 'stages'))).toEqual([]);
});

it('finds nothing where there is nothing, and makes nothing', async () => {
  expect(await gc()).toEqual([]);
  expect(await paths()).toEqual([]);
});
