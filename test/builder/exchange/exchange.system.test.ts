import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openCatalog } from '../../../builder/catalog/catalog.ts';
import type { Manifest } from '../../../builder/contract/manifest.ts';
import { signFile } from '../../../builder/evidence/signature.ts';
import { type Arrival, fromArchive, fromSource } from '../../../builder/exchange/arrivals.ts';
import { exportImage } from '../../../builder/exchange/export.ts';
import { importImage } from '../../../builder/exchange/import.ts';
import { fillTarget } from '../../../builder/exchange/target.ts';
import { run } from '../../../builder/shared/process/run.ts';
import { folderSource, urlSource } from '../../../builder/verify/source.ts';
import type { Expected } from '../../../builder/verify/verify.ts';
import { makeImage } from '../evidence/image.ts';
import { testSigner } from '../evidence/signer.ts';
import { exported, pack } from './archives.ts';

const signer = testSigner(1);
const trusting: Expected = { trusted: [signer], unsigned: false };
let base: string;
let image: Manifest;
let from: string;
let archive: Buffer;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'rackhand-exchange-'));
  image = await makeImage(join(base, 'made'), signer);
  from = join(base, 'made/catalog');
  archive = await exported(from, image.id);
});
afterAll(() => rm(base, { recursive: true, force: true }));

let to: string;
beforeEach(async () => {
  to = await mkdtemp(join(base, 'to-'));
});
afterEach(() => rm(to, { recursive: true, force: true }));

async function* pieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
}

const take = (bytes: Buffer, expected = trusting, catalog = to) =>
  importImage({ where: 'a test', arrivals: fromArchive(pieces(bytes)) }, catalog, expected);

/** Name → bytes of every file of an image. */
async function filesOf(catalog: string): Promise<Map<string, Buffer>> {
  const names = (await readdir(join(catalog, image.id))).sort();
  const read = async (name: string) => [name, await readFile(join(catalog, image.id, name))] as const;
  return new Map(await Promise.all(names.map(read)));
}

/** The archive's files in their order, to be changed. */
async function unpacked(): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for await (const { file, pieces } of fromArchive(pieceOf(archive))) {
    const parts: Uint8Array[] = [];
    for await (const piece of pieces) parts.push(piece);
    files.set(file, Buffer.concat(parts));
  }
  return files;
}

async function* pieceOf(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}

describe('an exported image', () => {
  it('is a tar of every file of it, the same whenever and wherever it is made', async () => {
    const copy = join(to, 'elsewhere');
    await cp(from, copy, { recursive: true });
    await writeFile(join(copy, image.id, 'tested.json'), 'what is of this place');
    expect((await exported(copy, image.id)).equals(archive)).toBe(true);
    const file = join(to, 'image.tar');
    await fillTarget(file, (sink) => exportImage(from, image.id, sink));
    expect((await readFile(file)).equals(archive)).toBe(true);
    const listed = (await run(['tar', 'tf', file])).stdout.trim().split('\n');
    const names = [...(await filesOf(from)).keys()].map((name) => `${image.id}/${name}`);
    expect([...listed].sort()).toEqual(names.sort());
    expect(listed.slice(0, 2)).toEqual(
      ['manifest.json', 'manifest.json.minisig'].map((f) => `${image.id}/${f}`),
    );
    await run(['tar', 'xf', file, '-C', to]);
    expect(await filesOf(to)).toEqual(await filesOf(from));
    expect((await readdir(to)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('is whole though it is removed meanwhile', async () => {
    const copy = join(to, 'elsewhere');
    await cp(from, copy, { recursive: true });
    const parts: Buffer[] = [];
    await exportImage(copy, image.id, async (bytes) => {
      if (parts.length === 0) await openCatalog(copy).remove(image.id);
      parts.push(Buffer.from(bytes));
    });
    expect(Buffer.concat(parts).equals(archive)).toBe(true);
  });

  it.each([
    ['was changed', (path: string) => writeFile(path, 'vmlinuZ'), 'vmlinuz of image'],
    ['is longer', (path: string) => writeFile(path, 'vmlinuz and more'), 'has another size'],
    ['is gone', (path: string) => rm(path), 'is missing'],
  ])('whose kernel %s is none: no file is made', async (_, harm, why) => {
    const copy = join(to, 'elsewhere');
    await cp(from, copy, { recursive: true });
    await harm(join(copy, image.id, 'vmlinuz'));
    const file = join(to, 'image.tar');
    await expect(fillTarget(file, (sink) => exportImage(copy, image.id, sink))).rejects.toMatchObject({
      ...{ code: 'image-damaged', message: expect.stringContaining(why) },
    });
    expect(await readdir(to)).toEqual(['elsewhere']);
  });

  it('never takes the place of a device, and tells of a folder that cannot be written', async () => {
    await fillTarget('/dev/null', (sink) => exportImage(from, image.id, sink));
    expect((await run(['stat', '-c', '%F', '/dev/null'])).stdout).toBe('character special file\n');
    const nowhere = join(to, 'none/image.tar');
    await expect(fillTarget(nowhere, (sink) => exportImage(from, image.id, sink))).rejects.toMatchObject({
      code: 'target-unwritable',
    });
  });
});

describe('an imported image', () => {
  it('is the one that was exported, byte for byte; once more it is nothing', async () => {
    expect(await take(archive)).toMatchObject({
      outcome: 'imported',
      report: { where: 'a test', faults: [] },
    });
    expect(await filesOf(to)).toEqual(await filesOf(from));
    expect(await readdir(to)).toEqual([image.id]);
    const inode = async () => (await run(['stat', '-c', '%i %Y', join(to, image.id)])).stdout;
    const before = await inode();
    expect(await take(archive)).toMatchObject({ outcome: 'here-already', report: { image: image.id } });
    expect(await inode()).toBe(before);
    expect((await exported(to, image.id)).equals(archive)).toBe(true);
  });

  it('mends one that is damaged, and signs one that nobody signed', async () => {
    await take(archive);
    await writeFile(join(to, image.id, 'vmlinuz'), 'harm');
    expect((await take(archive)).outcome).toBe('imported');
    expect(await filesOf(to)).toEqual(await filesOf(from));
    await rm(join(to, image.id, 'manifest.json.minisig'));
    expect((await take(archive)).outcome).toBe('imported');
    expect(await filesOf(to)).toEqual(await filesOf(from));
    expect(await readdir(to)).toEqual([image.id]);
  });

  it('leaves one alone that has other words for the same bytes', async () => {
    await take(archive);
    const file = join(to, image.id, 'manifest.json');
    await writeFile(file, (await readFile(file, 'utf8')).replace('"base": "el9"', '"base": "el8"'));
    await expect(take(archive)).rejects.toMatchObject({ code: 'image-differs' });
    expect(await readFile(file, 'utf8')).toContain('"el8"');
  });

  it('keeps what is recorded of it here', async () => {
    await take(archive);
    await writeFile(join(to, image.id, 'tested.json'), '{}');
    await rm(join(to, image.id, 'vmlinuz'));
    await take(archive);
    expect(await readdir(join(to, image.id))).toContain('tested.json');
  });
});

describe('refused, with nothing kept, is an archive', () => {
  type Change = (files: Map<string, Buffer>) => undefined | Iterable<readonly [string, Buffer]>;
  const flip =
    (file: string): Change =>
    (files) => {
      const bytes = Buffer.from(files.get(file)!);
      bytes[bytes.length - 1]! ^= 1;
      files.set(file, bytes);
    };
  it.each<[what: string, change: Change, code: string]>([
    ['whose manifest was changed', flip('manifest.json'), 'signature-wrong'],
    [
      'whose signature is none',
      (files) => void files.set('manifest.json.minisig', Buffer.from('x')),
      'signature-invalid',
    ],
    ['without a signature', (files) => void files.delete('manifest.json.minisig'), 'signature-missing'],
    ['whose root was changed', flip('rootfs.squashfs'), 'file-damaged'],
    ['whose evidence was changed', flip('contents.json.gz'), 'file-damaged'],
    ['without its kernel', (files) => void files.delete('vmlinuz'), 'file-damaged'],
    ['with a shorter medium', (files) => void files.set('image.iso', Buffer.from('image')), 'file-damaged'],
    [
      'without provenance',
      (files) => [...files].filter(([file]) => !/^(provenance|build-)/.test(file)),
      'provenance-missing',
    ],
    [
      'whose provenance was changed',
      (files) =>
        void files.set(
          'provenance.json',
          Buffer.from(
            files
              .get('provenance.json')!
              .toString()
              .replace(/"sig":"../, '"sig":"AA'),
          ),
        ),
      'provenance-wrong',
    ],
    ['whose lock was changed', flip('build-cccccccccccccccc.json'), 'lock-differs'],
  ])('%s', async (_, change, code) => {
    const files = await unpacked();
    const { outcome, report } = await take(pack(image.id, change(files) ?? files));
    expect([outcome, report.faults.map((fault) => fault.code)]).toEqual(['refused', [code]]);
    expect(await readdir(to)).toEqual([]);
  });

  it.each<[what: string, change: Change, why: string]>([
    [
      'with a file more',
      (files) => void files.set('authorized_keys', Buffer.from('x')),
      'which its manifest does not name',
    ],
    [
      'with a lock that its provenance does not name',
      (files) => void files.set('build-0123456789abcdef.json', Buffer.from('{}')),
      'which its manifest does not name',
    ],
    [
      'with a longer kernel',
      (files) => void files.set('vmlinuz', Buffer.from('vmlinuz!')),
      'its vmlinuz has more than 7 bytes',
    ],
    [
      'with a file twice',
      (files) => [...files, ['vmlinuz', files.get('vmlinuz')!]],
      'it has vmlinuz in it twice',
    ],
    [
      'with its manifest twice',
      (files) => [...files, ['manifest.json', files.get('manifest.json')!]],
      'does not name',
    ],
    ['that begins with something else', (files) => [...files].reverse(), 'does not begin with manifest.json'],
    ['with a manifest without end', () => [['manifest.json', Buffer.alloc(33 << 20)]], 'has more than'],
    ['of nothing', () => [], 'does not begin with manifest.json'],
  ])('%s', async (_, change, why) => {
    const files = await unpacked();
    await expect(take(pack(image.id, change(files) ?? files))).rejects.toMatchObject({
      ...{ code: 'archive-invalid', message: expect.stringContaining(why) },
    });
    expect(await readdir(to)).toEqual([]);
  });

  it('that is cut off', async () => {
    for (const part of [0, 0.1, 0.5, 0.9])
      await expect(take(archive.subarray(0, part * archive.length))).rejects.toMatchObject({
        code: 'archive-invalid',
      });
    expect(await readdir(to)).toEqual([]);
  });
  it('by a key that nobody trusts, before a byte of it is written', async () => {
    const { outcome, report } = await take(
      archive,
      { trusted: [testSigner(2)], unsigned: true },
      join(to, 'none'),
    );
    expect([outcome, report.faults.map(({ code }) => code)]).toEqual(['refused', ['key-unknown']]);
    expect(await readdir(to)).toEqual([]);
  });
  it('of another image than was asked for', async () => {
    const { report } = await take(archive, { ...trusting, id: '0123456789abcdef' });
    expect(report.faults.map(({ code }) => code)).toEqual(['image-other']);
  });
  it('signed, two of whose files have one name', async () => {
    const files = await unpacked();
    const artifacts = image.artifacts.map((one) => (one.role === 'iso' ? { ...one, file: 'vmlinuz' } : one));
    const text = Buffer.from(JSON.stringify({ ...image, artifacts }));
    files.set('manifest.json', text);
    files.set('manifest.json.minisig', Buffer.from(signFile(text, signer, '')));
    const { outcome, report } = await take(pack(image.id, files));
    expect([outcome, report.faults]).toMatchObject(['refused', [{ code: 'manifest-invalid' }]]);
    expect(await readdir(to)).toEqual([]);
  });
  it('of GNU tar, whose members are of other kinds', async () => {
    await mkdir(join(to, 'x', image.id), { recursive: true });
    await symlink('/etc/passwd', join(to, 'x', image.id, 'manifest.json'));
    await run(['tar', 'cf', join(to, 'x.tar'), '-C', join(to, 'x'), `${image.id}/manifest.json`]);
    const bytes = await readFile(join(to, 'x.tar'));
    await expect(take(bytes, trusting, join(to, 'catalog'))).rejects.toMatchObject({
      code: 'archive-invalid',
    });
  });
});

describe('from another server', () => {
  let server: Server;
  let address: string;
  let asked: string[];
  beforeEach(async () => {
    asked = [];
    server = createServer((request, response) => {
      asked.push(request.url!);
      const path = /^\/images\/(\w+\/[\w./-]+)$/.exec(request.url!)?.[1];
      readFile(join(from, path ?? 'none')).then(
        (bytes) => response.end(bytes),
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/images/${image.id}`;
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));
  const fetched = (expected = trusting, arrivals: AsyncIterable<Arrival> = fromSource(urlSource(address))) =>
    importImage({ where: address, arrivals }, to, expected);

  it('it comes file by file, the same', async () => {
    expect((await fetched()).outcome).toBe('imported');
    expect(await filesOf(to)).toEqual(await filesOf(from));
    asked = [];
    expect((await fetched()).outcome).toBe('here-already');
    expect(asked.map((url) => url.split('/').slice(3).join('/'))).toEqual([
      ...['manifest.json', 'manifest.json.minisig', 'provenance.json', 'build-cccccccccccccccc.json'],
      // It has no results of tests; the first that is large ends it.
      ...['tests/result.json', 'contents.json.gz'],
    ]);
  });
  it('no more than manifest and signature is asked for when nobody believes them', async () => {
    expect((await fetched({ trusted: [], unsigned: false })).outcome).toBe('refused');
    expect(asked).not.toContain(`/images/${image.id}/rootfs.squashfs`);
    expect(await readdir(to)).toEqual([]);
  });
  it('where there is none, nothing comes', async () => {
    const none = fromSource(urlSource(address.replace(image.id, '0'.repeat(16))));
    await expect(fetched(trusting, none)).rejects.toMatchObject({ code: 'archive-invalid' });
  });
  it('a folder of another medium serves as well', async () => {
    expect((await fetched(trusting, fromSource(folderSource(join(from, image.id))))).outcome).toBe(
      'imported',
    );
  });
});
