import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Manifest } from '../../../builder/contract/manifest.ts';
import { type Envelope, openEnvelope } from '../../../builder/contract/provenance.ts';
import { encode, sealEnvelope } from '../../../builder/evidence/envelope.ts';
import {
  formatPublicKey,
  keyId,
  keyLine,
  parsePublicKey,
  signFile,
} from '../../../builder/evidence/signature.ts';
import { run } from '../../../builder/shared/process/run.ts';
import { folderSource } from '../../../builder/verify/source.ts';
import { type Expected, verifyImage } from '../../../builder/verify/verify.ts';
import { makeImage } from '../evidence/image.ts';
import { testSigner } from '../evidence/signer.ts';

const signer = testSigner(1);
const stranger = testSigner(2);
const trusting: Expected = { trusted: [signer], unsigned: false };

let base: string;
let image: Manifest;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'rackhand-verify-test-'));
  image = await makeImage(join(base, 'whole'), signer);
});
afterAll(() => rm(base, { recursive: true, force: true }));

/** A copy of the image to do harm to. */
let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(base, 'copy-'));
  await cp(join(base, 'whole/catalog', image.id), home, { recursive: true });
});

const verify = (expected = trusting) => verifyImage(folderSource(home), expected);
const change = async (file: string, how: (text: string) => string) =>
  writeFile(join(home, file), how(await readFile(join(home, file), 'latin1')), 'latin1');

describe('an image as it was built', () => {
  it('is good, with who signed it and what was compared', async () => {
    const found = await verify({ ...trusting, id: image.id });
    expect(found.faults).toEqual([]);
    expect(found).toMatchObject({
      ...{ image: image.id, signedBy: { key: keyId(signer), comment: `image ${image.id} recipe lab` } },
      ...{ files: 9, notes: [] },
    });
    expect(found.bytes).toBe(
      [...image.artifacts, ...image.evidence].reduce((sum, { size }) => sum + size, 0),
    );
    expect(found.paths).toBeGreaterThan(10);
  });

  it('is good by a path that is not full as well', async () => {
    const { faults, paths } = await verifyImage(folderSource(relative(process.cwd(), home)), trusting);
    expect(faults).toEqual([]);
    expect(paths).toBeGreaterThan(10);
  });

  it('is accepted by minisign, and refused when its manifest was changed', async () => {
    await writeFile(join(home, 'key.pub'), formatPublicKey(signer));
    const minisign = (...more: string[]) =>
      run(['minisign', '-V', '-p', join(home, 'key.pub'), '-m', join(home, 'manifest.json'), ...more], {
        okCodes: [0, 1],
      });
    expect(await minisign()).toMatchObject({
      ...{ code: 0, stdout: expect.stringContaining(`Trusted comment: image ${image.id} recipe lab`) },
    });
    await change('manifest.json', (text) => text.replace('"lab"', '"lob"'));
    expect(await minisign()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('verification failed'),
    });
    const line = await run(['minisign', '-V', '-P', keyLine(stranger), '-m', join(home, 'manifest.json')], {
      okCodes: [1],
    });
    expect(line.stderr).toContain(keyId(signer));
  });

  it('has a provenance whose signature openssl accepts', async () => {
    const { envelope } = openEnvelope(await readFile(join(home, 'provenance.json'), 'utf8'))!;
    const files = { key: join(home, 'key.pem'), signed: join(home, 'signed'), sig: join(home, 'sig') };
    await writeFile(files.key, signer.key.export({ type: 'spki', format: 'pem' }));
    await writeFile(files.signed, encode(Buffer.from(envelope.payload, 'base64')));
    await writeFile(files.sig, Buffer.from(envelope.signatures[0]!.sig, 'base64'));
    const argv = [
      'openssl',
      'pkeyutl',
      '-verify',
      '-pubin',
      '-inkey',
      files.key,
      '-rawin',
      '-in',
      files.signed,
    ];
    expect((await run([...argv, '-sigfile', files.sig])).stdout).toContain('Verified Successfully');
    await writeFile(files.signed, `${await readFile(files.signed, 'utf8')} `);
    expect((await run([...argv, '-sigfile', files.sig], { okCodes: [1] })).code).toBe(1);
  });

  it('signed with minisign itself is good as well', async () => {
    const [secret, pub] = [join(home, 'm.key'), join(home, 'm.pub')];
    await run(['minisign', '-G', '-W', '-p', pub, '-s', secret]);
    await run(['minisign', '-S', '-s', secret, '-m', join(home, 'manifest.json'), '-t', 'by hand']);
    const by = parsePublicKey(await readFile(pub, 'utf8'), pub);
    const found = await verify({ ...trusting, trusted: [by] });
    expect(found.signedBy).toEqual({ key: keyId(by), comment: 'by hand' });
    expect(found.faults.map(({ code }) => code)).toEqual(['provenance-wrong']);
  });
});

/** The envelope with another statement in it. */
const forged = (text: string, edit: (statement: string) => string): string => {
  const envelope = JSON.parse(text) as Envelope;
  const payload = edit(Buffer.from(envelope.payload, 'base64').toString('utf8'));
  return JSON.stringify({ ...envelope, payload: Buffer.from(payload).toString('base64') });
};

describe('an image is refused', () => {
  it.each<[what: string, harm: () => Promise<unknown>, code: string, reason: string]>([
    [
      'whose manifest was changed',
      () => change('manifest.json', (text) => text.replace('6.1.0', '6.1.1')),
      'signature-wrong',
      'manifest.json was changed after key',
    ],
    [
      'whose manifest has a blank more',
      () => change('manifest.json', (text) => `${text} `),
      'signature-wrong',
      'manifest.json was changed after key',
    ],
    [
      'whose trusted comment was changed',
      () => change('manifest.json.minisig', (text) => text.replace('recipe lab', 'recipe lob')),
      'signature-wrong',
      'the comment of manifest.json.minisig was changed',
    ],
    [
      'without a signature',
      () => rm(join(home, 'manifest.json.minisig')),
      'signature-missing',
      'the image is unsigned',
    ],
    [
      'with something else for a signature',
      () => writeFile(join(home, 'manifest.json.minisig'), 'x'),
      'signature-invalid',
      'no signature of minisign',
    ],
    [
      'whose root was changed',
      () => change('rootfs.squashfs', (text) => `${text.slice(0, -1)}!`),
      'file-damaged',
      'rootfs.squashfs has other content',
    ],
    [
      'whose kernel was changed',
      () => change('vmlinuz', (text) => text.toUpperCase()),
      'file-damaged',
      'vmlinuz has other content',
    ],
    [
      'whose ISO was cut off',
      () => change('image.iso', (text) => text.slice(1)),
      'file-damaged',
      'image.iso has 8 bytes, not 9',
    ],
    [
      'whose ISO is longer',
      () => change('image.iso', (text) => `${text}${text}`),
      'file-damaged',
      'image.iso has more than 9 bytes',
    ],
    [
      'without its initramfs',
      () => rm(join(home, 'initramfs.img')),
      'file-damaged',
      'initramfs.img is missing',
    ],
    [
      'whose evidence was changed',
      () => change('contents.json.gz', (text) => `${text} `),
      'file-damaged',
      'contents.json.gz has more than',
    ],
    [
      'without its evidence',
      () => rm(join(home, 'modules.json.gz')),
      'file-damaged',
      'modules.json.gz is missing',
    ],
    [
      'whose lock was changed',
      () => change('build-cccccccccccccccc.json', () => '{"lock":1}'),
      'lock-differs',
      'the lock of the build',
    ],
    [
      'whose provenance was changed',
      () =>
        change('provenance.json', (text) => forged(text, (s) => s.replace('"name":"lab"', '"name":"lob"'))),
      'provenance-wrong',
      `is not what key`,
    ],
    [
      'whose provenance is signed by another key',
      () => change('provenance.json', (text) => sealEnvelope(openEnvelope(text)!.provenance, stranger)),
      'provenance-wrong',
      'somebody else signed it',
    ],
    [
      'whose provenance is not signed',
      () => change('provenance.json', (text) => sealEnvelope(openEnvelope(text)!.provenance, undefined)),
      'provenance-wrong',
      'is not what key',
    ],
    [
      'without provenance',
      () => rm(join(home, 'provenance.json')),
      'provenance-missing',
      'provenance.json is missing',
    ],
    [
      'with something else for provenance',
      () => writeFile(join(home, 'provenance.json'), '{}'),
      'provenance-invalid',
      'no statement',
    ],
  ])('%s', async (_, harm, code, reason) => {
    await harm();
    const { faults } = await verify();
    expect(faults).toMatchObject([{ code, what: expect.stringContaining(reason) }]);
    expect(faults[0]!.mend).not.toBe('');
  });

  it.each(['folder', 'pipe'])('whose kernel is no file (%s), and nobody waits for it', async (kind) => {
    const kernel = join(home, 'vmlinuz');
    await rm(kernel);
    await run([kind === 'pipe' ? 'mkfifo' : 'mkdir', kernel]);
    await expect(verify()).rejects.toMatchObject({
      ...{ code: 'image-unreachable', message: `${kernel} is no file` },
    });
  });

  it('by a key that nobody trusts: says which, and how to trust it', async () => {
    const found = await verify({ trusted: [stranger], unsigned: true });
    expect(found).toMatchObject({ image: undefined, signedBy: null, files: 0 });
    expect(found.faults).toMatchObject([
      {
        code: 'key-unknown',
        what: expect.stringContaining(keyId(signer)),
        mend: expect.stringContaining('keys trust'),
      },
    ]);
  });

  it('in the place of another image', async () => {
    const { faults } = await verify({ ...trusting, id: '0123456789abcdef' });
    expect(faults).toMatchObject([{ code: 'image-other', what: expect.stringContaining(image.id) }]);
  });

  it('with the provenance of another image by the same key', async () => {
    const { provenance } = openEnvelope(await readFile(join(home, 'provenance.json'), 'utf8'))!;
    const subject = provenance.subject.map((one) =>
      one.name === 'vmlinuz' ? { ...one, digest: { sha256: 'a'.repeat(64) } } : one,
    );
    await writeFile(join(home, 'provenance.json'), sealEnvelope({ ...provenance, subject }, signer));
    expect((await verify()).faults).toMatchObject([
      { code: 'provenance-other', what: 'provenance.json is about another image: vmlinuz' },
    ]);
  });

  it.each<[what: string, edit: (text: string) => string]>([
    ['recipe', (text) => text.replace('"name":"lab"', '"name":"lob"')],
    ['version of the builder', (text) => text.replace('"rackhand":"0.1.0"', '"rackhand":"0.0.9"')],
    ['packages', (text) => text.replace('kernel@6.1.0-1', 'kernel@6.1.0-2')],
  ])('whose provenance, though signed, tells of another %s', async (what, edit) => {
    const { provenance } = openEnvelope(await readFile(join(home, 'provenance.json'), 'utf8'))!;
    const other = JSON.parse(edit(JSON.stringify(provenance)));
    await writeFile(join(home, 'provenance.json'), sealEnvelope(other, signer));
    expect((await verify()).faults).toMatchObject([
      { code: 'provenance-other', what: `provenance.json is about another image: ${what}` },
    ]);
  });

  it('whose id is not that of its artifacts, though signed', async () => {
    const text = JSON.stringify({ ...image, id: '0123456789abcdef' });
    await writeFile(join(home, 'manifest.json'), text);
    await writeFile(join(home, 'manifest.json.minisig'), signFile(Buffer.from(text), signer, ''));
    const { faults } = await verify();
    expect(faults.map(({ what }) => what)).toContain(
      "the id 0123456789abcdef is not that of the manifest's artifacts",
    );
  });
});
