import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import type { Manifest } from '../../builder/contract/manifest.ts';
import { TrialMode, type TrialRun } from '../../builder/contract/trial.ts';
import { readSigner } from '../../builder/evidence/keys.ts';
import { run } from '../../builder/shared/process/run.ts';
import { readResults } from '../../builder/trial/results.ts';
import { labFolder } from '../lab/folder.ts';
import { labImage } from '../lab/image.ts';
import { signedLoaders } from '../lab/signed-loaders.ts';

// `rackhand images test`: all modes take the better part of an hour where machines are emulated.

const FULL = process.env.RACKHAND_FULL === '1';
// One start from power-on to healthy, by the longest signed chain, and the two that have to be refused.
const DAILY: readonly TrialMode[] = ['iso-secure', 'tampered-kernel', 'tampered-image'];
const MODES = FULL ? TrialMode.options : DAILY;
const LIMIT_MS = 25 * 60_000;
const log = (line: string) => process.stdout.write(`  ${line}\n`);
const folder = labFolder(undefined, 'trial');
const key = join(folder.root, 'signing.key');

/** Its progress; the JSON comes at the end. */
const said = (line: string) => void (line.startsWith('[') && line.includes(' s] ') && log(line));

let image: Manifest;
let runs: TrialRun[];
beforeAll(async () => {
  image = await labImage(folder, log);
  const loaders = await signedLoaders(folder);
  const argv = [
    ...[join(import.meta.dirname, '../../bin/rackhand'), 'images', 'test', image.id, '--json'],
    ...['--catalog', folder.catalog, '--key', key, '--shim', loaders.shim, '--grub', loaders.grub],
    ...MODES.flatMap((mode) => ['--mode', mode]),
  ];
  const timeout = LIMIT_MS * MODES.length;
  // 1: a mode failed, which the test of that mode says.
  const { stdout } = await run(argv, { timeout, okCodes: [0, 1], onLine: said });
  runs = (JSON.parse(stdout) as { runs: TrialRun[] }).runs;
}, LIMIT_MS * MODES.length);

it.each(MODES)('%s', (mode) => {
  const tried = runs.find((one) => one.mode === mode);
  expect(tried?.result, tried?.why).toBe('passed');
  expect(tried!.files.map(({ file }) => file)).toEqual([`${mode}.log`, `${mode}.png`]);
});

it('what was seen is kept beside the image, signed, and the image is as it was', async () => {
  const kept = await readResults(folder.catalog, image.id, [await readSigner(key)]);
  expect(kept?.by).toBeDefined();
  expect(kept!.result.runs.filter(({ mode }) => MODES.includes(mode))).toEqual(runs);
  const rackhand = join(import.meta.dirname, '../../bin/rackhand');
  await run([rackhand, 'images', 'verify', image.id, '--catalog', folder.catalog, '--key', key], {
    timeout: 120_000,
  });
});
