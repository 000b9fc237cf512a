import { mkdir, mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { publish } from './repository.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-generations-'));
  await mkdir(join(folder, 'work'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The generation that the repository is after this, and those that are there. */
async function published(key: string): Promise<[current: string, kept: string[]]> {
  await publish(folder, [], [key]);
  const current = (await readlink(join(folder, 'repository'))).slice('generations/'.length);
  return [current, await readdir(join(folder, 'generations'))];
}

it('a repository keeps the generation before this one: a build may be reading it', async () => {
  const [a] = await published('a');
  const [b, two] = await published('b');
  expect(two.sort()).toEqual([a, b].sort());
  const [c, three] = await published('c');
  expect(three.sort()).toEqual([b, c].sort());
  // One that is current again is not the older of the two.
  expect((await published('b'))[0]).toBe(b);
  const [d, five] = await published('d');
  expect(five.sort()).toEqual([b, d].sort());
});
