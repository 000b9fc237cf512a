import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { TrialMode, TrialRun } from '../../../builder/contract/trial.ts';
import { signerOf } from '../../../builder/evidence/signature.ts';
import { sha256 } from '../../../builder/shared/ids.ts';
import { keepResults, readResults } from '../../../builder/trial/results.ts';
import { publishSmall } from '../catalog/small-image.ts';

const signer = signerOf(generateKeyPairSync('ed25519').privateKey);
const other = signerOf(generateKeyPairSync('ed25519').privateKey);

let folder: string;
let catalog: string;
let id: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-results-'));
  catalog = join(folder, 'catalog');
  ({ id } = await publishSmall(catalog, 'kernel'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function ended(mode: TrialMode, why: string): Promise<TrialRun> {
  await writeFile(join(folder, `${mode}.log`), why);
  return {
    ...{ mode, result: 'passed', why, at: '2026-01-01T00:00:00Z', moments: { healthy: 60 }, longest: [] },
    machine: { accelerator: 'tcg', memory: 2560, qemu: 'QEMU' },
    files: [{ file: `${mode}.log`, size: why.length, sha256: sha256(why) }],
  };
}
const keep = async (...runs: TrialRun[]) =>
  keepResults(catalog, id, { runs, folder, builderVersion: '1', signer });
const log = (mode: string) => readFile(join(catalog, id, 'tests', `${mode}.log`), 'utf8');

it('are kept with their files, signed; a mode that is tried again takes the place of what it was', async () => {
  expect(await readResults(catalog, id, [signer])).toBeUndefined();
  await keep(await ended('iso-bios', 'first'), await ended('pxe-bios', 'first'));
  await keep(await ended('iso-bios', 'second'));
  const kept = await readResults(catalog, id, [signer]);
  expect(kept?.by?.number).toEqual(signer.number);
  expect(kept?.result.runs.map(({ mode, why }) => `${mode} ${why}`)).toEqual([
    'pxe-bios first',
    'iso-bios second',
  ]);
  expect([await log('pxe-bios'), await log('iso-bios')]).toEqual(['first', 'second']);
  expect((await readdir(join(catalog, id))).filter((name) => name.includes('tests'))).toEqual(['tests']);
});

it('are nobody’s when they were changed, or when another key signed', async () => {
  await keep(await ended('iso-bios', 'first'));
  expect((await readResults(catalog, id, [other]))?.by).toBeUndefined();
  const file = join(catalog, id, 'tests/result.json');
  await writeFile(file, (await readFile(file, 'utf8')).replace('first', 'worse'));
  expect((await readResults(catalog, id, [signer]))?.by).toBeUndefined();
  // Trying another mode signs none of it.
  await keep(await ended('pxe-bios', 'own'));
  const kept = await readResults(catalog, id, [signer]);
  expect(kept?.result.runs.map(({ mode }) => mode)).toEqual(['pxe-bios']);
  await writeFile(file, '{');
  expect(await readResults(catalog, id, [signer])).toBeUndefined();
});

it('of another manifest are none', async () => {
  await keep(await ended('iso-bios', 'first'));
  const manifest = join(catalog, id, 'manifest.json');
  await writeFile(manifest, `${await readFile(manifest, 'utf8')} `);
  expect(await readResults(catalog, id, [signer])).toBeUndefined();
});
