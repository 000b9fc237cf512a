import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keepHistory, readHistory } from '../../../builder/cache/history.ts';
import type { PastBuild } from '../../../builder/estimate.ts';

let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'rackhand-history-'));
  await mkdir(join(cache, 'locks'));
});
afterEach(() => rm(cache, { recursive: true, force: true }));

const build = (milliseconds: number): PastBuild => [{ stage: 'lock', reused: false, milliseconds }];
const times = async (name: string) =>
  (await readHistory(cache, name)).builds.map(([first]) => first!.milliseconds);

it('keeps the newest builds of each name, newest first', async () => {
  expect(await times('image a')).toEqual([]);
  for (let time = 1; time <= 10; time++) await keepHistory(cache, 'image a', build(time));
  await keepHistory(cache, 'plan a', build(50));
  expect(await times('image a')).toEqual([10, 9, 8, 7, 6, 5, 4, 3]);
  expect(await times('plan a')).toEqual([50]);
});

it('forgets the names that were not built for longest', async () => {
  for (let number = 0; number < 70; number++) {
    await keepHistory(cache, 'image often', build(number));
    await keepHistory(cache, `image ${number}`, build(number));
  }
  expect(await times('image 5')).toEqual([]);
  expect(await times('image 69')).toEqual([69]);
  expect(await times('image often')).toHaveLength(8);
  expect(JSON.parse(await readFile(join(cache, 'history.json'), 'utf8'))).toHaveLength(64);
});

it('loses no build of those that end at one moment', async () => {
  await Promise.all([1, 2, 3, 4].map((time) => keepHistory(cache, 'image a', build(time))));
  expect((await times('image a')).sort()).toEqual([1, 2, 3, 4]);
  expect(await readdir(join(cache, 'locks'))).toEqual([]);
});

it.each(['', '{', 'null', '[{"name":"image a","builds":[[{"stage":"lock"}]]}]'])(
  'begins anew when the file holds %j',
  async (text) => {
    await writeFile(join(cache, 'history.json'), text);
    expect(await times('image a')).toEqual([]);
    await keepHistory(cache, 'image a', build(1));
    expect(await times('image a')).toEqual([1]);
  },
);
