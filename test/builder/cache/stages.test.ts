import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Stages } from '../../../builder/cache/stages.ts';
import { waitForLock } from '../../../builder/shared/lock.ts';

let cache: string;
let made = 0;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'rackhand-stages-'));
});
afterEach(() => rm(cache, { recursive: true, force: true }));

/** A result of the stage of which two are kept; `age` is in seconds. */
async function keep(stages: Stages, number: number, age = 0): Promise<string> {
  const inputs = { number };
  await stages.find('import', inputs);
  const folder = join(cache, `made-${made++}`);
  await mkdir(folder);
  await writeFile(join(folder, 'result'), String(number));
  const kept = await stages.keep('import', inputs, folder);
  await utimes(kept, Date.now() / 1000 - age, Date.now() / 1000 - age);
  return kept;
}

const results = async () => (await readdir(join(cache, 'stages'))).sort();
const found = async (stages: Stages, number: number) => (await stages.find('import', { number })).folder;

describe('results of stages', () => {
  it('are found by their inputs, and what has changed is named', async () => {
    const stages = await Stages.open(cache);
    const packages = (...names: string[]) => ({ packages: names, builder: 'a' });
    expect((await stages.find('root', packages('bash'))).reason).toBe('there is no earlier result');
    const folder = join(cache, 'made');
    await mkdir(folder);
    const kept = await stages.keep('root', packages('bash'), folder);
    expect((await stages.find('root', packages('bash'))).folder).toBe(kept);
    const { folder: none, reason } = await stages.find('root', packages('zlib', 'bash'));
    expect([none, reason]).toEqual([undefined, 'changed since the last time: packages (+1 -0: zlib)']);
    await writeFile(join(kept, 'inputs.json'), '');
    expect((await stages.find('root', packages('zlib'))).reason).toBe(
      'changed since the last time: packages; builder',
    );
  });

  it('that came first stay when another build had the same', async () => {
    const [one, two] = [await Stages.open(cache), await Stages.open(cache)];
    const kept = await keep(one, 1);
    expect(await keep(two, 1)).toBe(kept);
    expect(await results()).toEqual([basename(kept)]);
  });
});

describe('old results', () => {
  it('go, but not while a build has them in use', async () => {
    const [one, two] = [await Stages.open(cache), await Stages.open(cache)];
    const [oldest, old] = [await keep(one, 1, 40), await keep(one, 2, 30)];
    expect(await found(two, 1)).toBe(oldest);
    await utimes(oldest, Date.now() / 1000 - 40, Date.now() / 1000 - 40);
    await one.release();
    const newer = await keep(one, 3, 20);
    expect(await results()).toEqual([oldest, old, newer].map((path) => basename(path)).sort());
    const newest = await keep(one, 4, 10);
    expect(await results()).toEqual([oldest, newer, newest].map((path) => basename(path)).sort());
    await two.release();
    await keep(one, 5);
    expect(await results()).not.toContain(basename(oldest));
    await one.release();
    expect(await readdir(join(cache, 'users'))).toEqual([]);
  });

  it('are not found while they are being removed', async () => {
    const [one, two] = [await Stages.open(cache), await Stages.open(cache)];
    const kept = await keep(one, 1);
    await one.release();
    const removing = await waitForLock(join(cache, 'users', basename(kept)), 'exclusive');
    let answered = false;
    const answer = found(two, 1).finally(() => {
      answered = true;
    });
    await keep(one, 2);
    expect(answered).toBe(false);
    await rm(kept, { recursive: true });
    await removing.release();
    expect(await answer).toBeUndefined();
  });

  it('of a build that was killed are swept: half removed, or said to be in use', async () => {
    await mkdir(join(cache, 'stages/.gone-01234567/tree'), { recursive: true });
    await mkdir(join(cache, 'users'));
    await writeFile(join(cache, 'users/root-0123'), '');
    const living = await waitForLock(join(cache, 'users/root-4567'), 'shared');
    await Stages.open(cache);
    expect(await results()).toEqual([]);
    expect(await readdir(join(cache, 'users'))).toEqual(['root-4567']);
    await living.release();
  });
});
