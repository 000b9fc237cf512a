import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { manifestText } from '../../../builder/contract/manifest.ts';
import { sealEnvelope } from '../../../builder/evidence/envelope.ts';
import { sealFaults, sealWord } from '../../../builder/evidence/seal.ts';
import { keyId, signFile } from '../../../builder/evidence/signature.ts';
import { manifest } from '../../shared/manifest.ts';
import { provenance } from '../../shared/provenance.ts';
import { testSigner } from './signer.ts';

const made = manifest();
const [signer, other] = [testSigner(1), testSigner(2)];
const statement = provenance('2026-01-01T00:00:00.000Z');

let catalog: string;
beforeEach(async () => {
  catalog = await mkdtemp(join(tmpdir(), 'rackhand-seal-'));
  await mkdir(join(catalog, made.id));
  await write('manifest.json', manifestText(made));
  await write('manifest.json.minisig', signFile(Buffer.from(manifestText(made)), signer, 'image'));
  await write('provenance.json', sealEnvelope(statement, signer));
});
afterEach(() => rm(catalog, { recursive: true, force: true }));

const write = (file: string, text: string) => writeFile(join(catalog, made.id, file), text);

it('an image of this key is taken for what its build left', async () => {
  expect(await sealFaults(catalog, made, signer)).toEqual([]);
  expect(await sealWord(catalog, made.id, [other, signer])).toBe('signed');
});

it('another key builds it again', async () => {
  expect(await sealFaults(catalog, made, other)).toEqual([
    `its manifest is not signed by key ${keyId(other)}`,
    `its provenance is not signed by key ${keyId(other)}`,
  ]);
  expect(await sealWord(catalog, made.id, [other])).toBe(`signed by ${keyId(signer)}, not trusted`);
});

it('so does an image that nobody signed, or that was changed', async () => {
  await write('provenance.json', sealEnvelope(statement, undefined));
  expect(await sealFaults(catalog, made, signer)).toEqual([
    `its provenance is not signed by key ${keyId(signer)}`,
  ]);
  await write('provenance.json', sealEnvelope(statement, signer));
  await write('manifest.json', `${manifestText(made)} `);
  expect(await sealFaults(catalog, made, signer)).toEqual([
    `its manifest is not signed by key ${keyId(signer)}`,
  ]);
  expect(await sealWord(catalog, made.id, [signer])).toBe('SIGNATURE WRONG');
  await rm(join(catalog, made.id, 'manifest.json.minisig'));
  expect(await sealFaults(catalog, made, signer)).toHaveLength(1);
  expect(await sealWord(catalog, made.id, [signer])).toBe('UNSIGNED');
});
