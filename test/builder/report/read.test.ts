import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readDescribed, readLastGood, readModuleRecords } from '../../../builder/report/read.ts';
import { packContents } from '../../../builder/strip/contents.ts';
import { provenanceText } from '../../shared/provenance.ts';
import { file, rules } from '../strip/root-fixture.ts';
import { image } from './image-fixture.ts';

const { manifest, contents } = image({ entries: [file('usr/bin/a')] }, rules());
const older = { ...manifest, id: '00000000000000a1' };
const builtAt = { [manifest.id]: '2025-01-01T00:00:00Z', [older.id]: '2024-01-01T00:00:00Z' };
let catalog: string;

beforeAll(async () => {
  catalog = await mkdtemp(join(tmpdir(), 'rackhand-catalog-'));
  for (const one of [manifest, older]) {
    await mkdir(join(catalog, one.id));
    await writeFile(join(catalog, one.id, 'manifest.json'), JSON.stringify(one));
    await writeFile(join(catalog, one.id, 'provenance.json'), provenanceText(builtAt[one.id]!));
  }
  await writeFile(join(catalog, older.id, 'contents.json.gz'), packContents(contents));
  await writeFile(join(catalog, older.id, 'modules.json.gz'), 'damaged');
});
afterAll(() => rm(catalog, { recursive: true, force: true }));

it('an image built without the record says so and how to get it', async () => {
  await expect(readDescribed(catalog, manifest.id)).rejects.toMatchObject({
    ...{ code: 'record-missing', mend: 'build it again: rackhand build small --force' },
    message: expect.stringContaining('contents.json.gz'),
  });
  await expect(readModuleRecords(catalog, manifest)).rejects.toMatchObject({ code: 'record-missing' });
});
it('one that is damaged is another error', async () => {
  await expect(readModuleRecords(catalog, older)).rejects.toMatchObject({ code: 'record-invalid' });
});
it('the last good image is the newest of the recipe that can be compared with', async () => {
  expect((await readLastGood(catalog, 'small'))?.id).toBe(older.id);
  expect(await readLastGood(catalog, 'other')).toBeUndefined();
  expect((await readDescribed(catalog, older.id)).contents).toEqual(contents);
});
