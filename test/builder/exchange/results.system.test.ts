import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Manifest } from '../../../builder/contract/manifest.ts';
import type { TrialMode, TrialRun } from '../../../builder/contract/trial.ts';
import { keyId } from '../../../builder/evidence/signature.ts';
import { type Arrival, fromArchive, fromSource } from '../../../builder/exchange/arrivals.ts';
import { importImage } from '../../../builder/exchange/import.ts';
import { sha256 } from '../../../builder/shared/ids.ts';
import { keepResults, readResults } from '../../../builder/trial/results.ts';
import { folderSource } from '../../../builder/verify/source.ts';
import { type Expected, verifyImage } from '../../../builder/verify/verify.ts';
import { makeImage } from '../evidence/image.ts';
import { testSigner } from '../evidence/signer.ts';
import { exported, pack } from './archives.ts';

// What came of testing an image, beside it: signed, checked, and taken along.

const [signer, tester] = [testSigner(1), testSigner(2)];
const trusting: Expected = { trusted: [signer], unsigned: false };
let base: string;
let image: Manifest;
let plain: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'rackhand-tests-along-'));
  image = await makeImage(join(base, 'made'), signer);
  plain = join(base, 'made/catalog');
});
afterAll(() => rm(base, { recursive: true, force: true }));

/** A catalog whose image was tested, and one without images. */
let from: string;
let to: string;
beforeEach(async () => {
  from = await mkdtemp(join(base, 'from-'));
  to = await mkdtemp(join(base, 'to-'));
  await cp(plain, from, { recursive: true });
});
afterEach(async () => {
  for (const folder of [from, to]) await rm(folder, { recursive: true, force: true });
});

async function ended(mode: TrialMode, why: string): Promise<TrialRun> {
  await writeFile(join(base, `${mode}.log`), why);
  return {
    ...{ mode, result: 'passed', why, at: '2026-01-01T00:00:00Z', moments: { healthy: 60 }, longest: [] },
    machine: { accelerator: 'tcg', memory: 2560, qemu: 'QEMU' },
    files: [{ file: `${mode}.log`, size: why.length, sha256: sha256(why) }],
  };
}

async function test(by: typeof signer | undefined, catalog = from, why = 'well'): Promise<void> {
  const runs = [await ended('iso-bios', why), await ended('pxe-bios', why)];
  await keepResults(catalog, image.id, { runs, folder: base, builderVersion: '1', signer: by });
}

async function* pieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}

const take = (arrivals: AsyncIterable<Arrival>, expected = trusting) =>
  importImage({ where: 'a test', arrivals }, to, expected);
const takeArchive = async (expected = trusting) =>
  take(fromArchive(pieces(await exported(from, image.id))), expected);
const results = (catalog: string) => readdir(join(catalog, image.id, 'tests')).catch(() => 'none');
const FILES = ['chart.html', 'iso-bios.log', 'pxe-bios.log', 'result.json', 'result.json.minisig'];
const believed = { modes: 2, passed: 2, key: keyId(signer) };

/** Writes an archive's members once more, changed. */
async function repacked(change: (files: Map<string, Buffer>) => void): Promise<Buffer> {
  const files = new Map<string, Buffer>();
  for await (const arrival of fromArchive(pieces(await exported(from, image.id)))) {
    const parts: Uint8Array[] = [];
    for await (const piece of arrival.pieces) parts.push(piece);
    files.set(arrival.file, Buffer.concat(parts));
  }
  change(files);
  return pack(image.id, files);
}

describe('results of tests go along', () => {
  it('in an archive, which is the same again, and from a folder', async () => {
    await test(signer);
    expect((await exported(from, image.id)).equals(await exported(from, image.id))).toBe(true);
    for (const arrivals of [
      fromArchive(pieces(await exported(from, image.id))),
      fromSource(folderSource(join(from, image.id))),
    ]) {
      const { outcome, report } = await take(arrivals);
      expect([outcome, report.faults, report.tests]).toEqual(['imported', [], believed]);
      expect(await results(to)).toEqual(FILES);
      const kept = await readResults(to, image.id, [signer]);
      expect(kept?.by?.number).toEqual(signer.number);
      expect(await readFile(join(to, image.id, 'tests/iso-bios.log'), 'utf8')).toBe('well');
      await rm(join(to, image.id), { recursive: true });
    }
  });

  it('to an image that is here and was not tested, and to no other', async () => {
    await takeArchive();
    await test(signer);
    const { outcome, report } = await takeArchive();
    expect([outcome, report.tests]).toEqual(['here-already', believed]);
    expect(await results(to)).toEqual(FILES);
    await test(signer, from, 'other');
    expect((await takeArchive()).report.tests).toBeNull();
    expect(await readFile(join(to, image.id, 'tests/iso-bios.log'), 'utf8')).toBe('well');
    expect((await readdir(to)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('and stay where a damaged image is mended', async () => {
    await test(signer);
    await takeArchive();
    await test(signer, to, 'of this place');
    await writeFile(join(to, image.id, 'vmlinuz'), 'harm');
    expect((await takeArchive()).outcome).toBe('imported');
    expect(await readFile(join(to, image.id, 'tests/iso-bios.log'), 'utf8')).toBe('of this place');
  });

  it.each<[string, typeof signer | undefined, string]>([
    ['a key that is not trusted here', tester, `signed by key ${keyId(tester)}, which is not trusted here`],
    ['nobody', undefined, 'signed by nobody'],
  ])('but not those that were signed by %s: the image comes alone', async (_, by, why) => {
    await test(by);
    for (const arrivals of [
      fromArchive(pieces(await exported(from, image.id))),
      fromSource(folderSource(join(from, image.id))),
    ]) {
      const { outcome, report } = await take(arrivals);
      expect([outcome, report.tests, report.notes]).toEqual([
        'imported',
        null,
        [expect.stringContaining(why)],
      ]);
      expect(await results(to)).toBe('none');
      await rm(join(to, image.id), { recursive: true });
    }
  });

  it('unsigned where that is asked for', async () => {
    await test(undefined);
    const { report } = await takeArchive({ ...trusting, unsigned: true });
    expect(report.tests).toEqual({ ...believed, key: null });
  });

  it('but not those of another manifest', async () => {
    await test(signer);
    const file = join(from, image.id, 'tests/result.json');
    await writeFile(
      file,
      (await readFile(file, 'utf8')).replace(/"manifestSha256": ".{8}/, '"manifestSha256": "00000000'),
    );
    expect((await exported(from, image.id)).equals(await exported(plain, image.id))).toBe(true);
  });

  it('and an archive says which of them is damaged instead of being made', async () => {
    await test(signer);
    await writeFile(join(from, image.id, 'tests/iso-bios.log'), 'evil');
    await expect(exported(from, image.id)).rejects.toMatchObject({
      ...{ code: 'image-damaged', message: expect.stringContaining('tests/iso-bios.log') },
    });
  });
});

describe('refused, with nothing kept, is an image', () => {
  it.each<[string, (files: Map<string, Buffer>) => void]>([
    [
      'whose results were changed',
      (files) =>
        files.set(
          'tests/result.json',
          Buffer.from(files.get('tests/result.json')!.toString().replace('well', 'hell')),
        ),
    ],
    ['one of whose logs was changed', (files) => files.set('tests/iso-bios.log', Buffer.from('hell'))],
    ['that lacks a log', (files) => files.delete('tests/pxe-bios.log')],
    ['whose signature is none', (files) => files.set('tests/result.json.minisig', Buffer.from('x'))],
  ])('%s', async (_, change) => {
    await test(signer);
    const { outcome, report } = await take(fromArchive(pieces(await repacked(change))));
    expect(outcome).toBe('refused');
    expect(new Set(report.faults.map(({ code }) => code))).toEqual(new Set(['results-wrong']));
    expect(await readdir(to)).toEqual([]);
  });

  it.each<[string, (files: Map<string, Buffer>) => void, string]>([
    [
      'with a file among them that they do not name',
      (f) => f.set('tests/x.html', Buffer.from('x')),
      'do not name',
    ],
    ['with a log and no results', (f) => f.delete('tests/result.json'), 'do not name'],
    ['with a longer log', (f) => f.set('tests/iso-bios.log', Buffer.from('well, well')), 'more than 4 bytes'],
    ['with a path that leaves', (f) => f.set('tests/../x', Buffer.from('x')), 'in it'],
  ])('%s', async (_, change, why) => {
    await test(signer);
    await expect(take(fromArchive(pieces(await repacked(change))))).rejects.toMatchObject({
      ...{ code: 'archive-invalid', message: expect.stringContaining(why) },
    });
    expect(await readdir(to)).toEqual([]);
  });
});

describe('images verify', () => {
  const verify = (expected = trusting) => verifyImage(folderSource(join(from, image.id)), expected);
  it('tells of results that are believed', async () => {
    await test(signer);
    expect(await verify()).toMatchObject({ tests: believed, faults: [], notes: [] });
  });
  it('tells of those that are not', async () => {
    await test(tester);
    expect(await verify()).toMatchObject({
      tests: null,
      faults: [],
      notes: [expect.stringMatching(/not trusted/)],
    });
  });
  it.each<[string, string, string]>([
    ['results that were changed', 'result.json', 'were changed after key'],
    ['a log that was changed', 'pxe-bios.log', 'tests/pxe-bios.log is not what was recorded'],
  ])('finds %s', async (_, file, why) => {
    await test(signer);
    const path = join(from, image.id, 'tests', file);
    await writeFile(path, (await readFile(path, 'utf8')).replaceAll('well', 'hell'));
    expect((await verify()).faults).toMatchObject([
      { code: 'results-wrong', what: expect.stringContaining(why) },
    ]);
  });
});

it('a chart that was changed is told: nobody signs it', async () => {
  await test(signer);
  const home = join(from, image.id);
  expect((await verifyImage(folderSource(home), trusting)).notes).toEqual([]);
  await writeFile(join(home, 'tests/chart.html'), '<script></script>');
  const { faults, notes } = await verifyImage(folderSource(home), trusting);
  expect(faults).toEqual([]);
  expect(notes).toEqual([
    'tests/chart.html is not what this version draws of its test results: do not open it',
  ]);
});
