import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assertRun, freshRun } from './folder.ts';

let base: string;
let run: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'rackhand-lab-'));
  run = join(base, 'lab/run');
});
afterEach(() => rm(base, { recursive: true, force: true }));

describe('the folder of a run', () => {
  it('is emptied when it is a run’s, and stays known as one', async () => {
    await freshRun(run);
    for (let round = 0; round < 2; round++) {
      await writeFile(join(run, 'service.log'), 'x');
      await assertRun(run);
      await freshRun(run);
      expect(await readdir(run)).toEqual(['.rackhand-run']);
    }
  });
  it('may be there, empty', async () => {
    await mkdir(run, { recursive: true });
    await freshRun(run);
    expect(await readdir(run)).toEqual(['.rackhand-run']);
  });
  it('that holds what no run has left is refused, and nothing is taken from it', async () => {
    await mkdir(run, { recursive: true });
    await writeFile(join(run, 'thesis.tex'), 'x');
    for (const attempt of [assertRun, freshRun])
      await expect(attempt(run)).rejects.toMatchObject({
        code: 'lab-folder',
        message: `${run} holds files that no run of the lab has left there`,
      });
    expect(await readdir(run)).toEqual(['thesis.tex']);
  });
  it('is one by the record of its rack', async () => {
    await mkdir(run, { recursive: true });
    await writeFile(join(run, 'rack.json'), '{}');
    await freshRun(run);
    expect(await readdir(run)).toEqual(['.rackhand-run']);
  });
});
