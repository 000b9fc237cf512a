import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { manifestText } from '../../../builder/contract/manifest.ts';
import { openEnvelope, Provenance, timesOf } from '../../../builder/contract/provenance.ts';
import { type BuildFacts, makeProvenance } from '../../../builder/evidence/provenance.ts';
import { sealImage } from '../../../builder/evidence/seal.ts';
import { checkFile, keyId } from '../../../builder/evidence/signature.ts';
import { type LoadedRecipe, loadRecipe } from '../../../builder/recipe/load.ts';
import { sha256 } from '../../../builder/shared/ids.ts';
import { manifest } from '../../shared/manifest.ts';
import { testSigner } from './signer.ts';

const RECIPE = `
name: small
base: el9
releasever: "9"
arch: x86_64
repositories:
  - { id: base, baseurl: "https://joe:word@mirror.test/\${token}/el9", gpgkey: "https://mirror.test/key.asc" }
packages: [bash]
compression: { squashfs: zstd-3, initramfs: zstd-3 }
ramRequired: 1024
`;
const BASH = {
  ...{ name: 'bash', epoch: 1, version: '5.2+a', release: '1.el9', arch: 'x86_64', repository: 'base' },
  ...{ checksum: `sha256:${'d'.repeat(64)}`, size: 1, installSize: 2, buildTime: 0, location: 'bash.rpm' },
};

let folder: string;
let loaded: LoadedRecipe;
let facts: BuildFacts;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-provenance-'));
  await writeFile(join(folder, 'small.yaml'), RECIPE);
  loaded = await loadRecipe(join(folder, 'small.yaml'), { token: 's3cret' });
  facts = {
    ...{ manifest: made, manifestSha256: sha256(manifestText(made)), loaded },
    lock: { packages: [BASH], keys: { base: 'e'.repeat(64) } },
    materials: { builder: '1'.repeat(64), overlay: '2'.repeat(64) },
    record: { file: 'build-0123456789abcdef.json', sha256: '3'.repeat(64) },
    stages: [{ stage: 'root', milliseconds: 9, sizeBefore: 0, sizeAfter: 1 }],
    ...{ invocation: 'i', started: '2026-01-01T00:00:00.000Z', finished: '2026-01-01T00:01:00.000Z' },
  };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const RECORD = 'build-cccccccccccccccc.json';
const evidence = [{ kind: 'contents' as const, file: 'contents.json.gz', size: 1, sha256: 'c'.repeat(64) }];
const made = manifest({ evidence });

it('is a statement about every file that the manifest names, and the manifest', () => {
  const statement = makeProvenance(facts);
  expect(Provenance.parse(statement)).toEqual(statement);
  expect(statement.subject).toEqual([
    { name: 'vmlinuz', digest: { sha256: 'a'.repeat(64) } },
    { name: 'contents.json.gz', digest: { sha256: 'c'.repeat(64) } },
    { name: 'manifest.json', digest: { sha256: facts.manifestSha256 } },
  ]);
});

it('names what the image was made of, by digest', () => {
  expect(makeProvenance(facts).predicate.buildDefinition.resolvedDependencies).toEqual([
    { name: 'builder', digest: { sha256: '1'.repeat(64) } },
    { name: 'overlay', digest: { sha256: '2'.repeat(64) } },
    {
      ...{ name: 'repository base', uri: 'https://mirror.test/${token}/el9' },
      annotations: { signatures: 'checked' },
    },
    { name: 'key of base', digest: { sha256: 'e'.repeat(64) } },
    {
      uri: 'pkg:rpm/bash@5.2%2Ba-1.el9?arch=x86_64&epoch=1',
      ...{ digest: { sha256: 'd'.repeat(64) }, annotations: { repository: 'base' } },
    },
  ]);
});

it.each([
  ['archive', `sha256:${'4'.repeat(64)}`, { digest: { sha256: '4'.repeat(64) } }],
  ['folder', `listing:${'5'.repeat(64)}`, { uri: `urn:rackhand:root:listing:${'5'.repeat(64)}` }],
])('of a root that was there, %s, it names that', (kind, digest, named) => {
  const lock = { packages: [{ ...BASH, checksum: '' }], keys: {}, source: { kind, path: '/root', digest } };
  const { resolvedDependencies } = makeProvenance({ ...facts, lock }).predicate.buildDefinition;
  expect(resolvedDependencies).toContainEqual({ name: `root (${kind})`, ...named });
  expect(resolvedDependencies.at(-1)).not.toHaveProperty('digest');
});

it('tells the recipe so that it can be built again, and no secret', () => {
  const text = JSON.stringify(makeProvenance(facts));
  expect(text).not.toMatch(/s3cret|joe|word@/);
  const { externalParameters } = makeProvenance(facts).predicate.buildDefinition;
  expect(externalParameters).toMatchObject({
    recipe: { name: 'small', sha256: loaded.sha256 },
    variables: {},
  });
  expect((externalParameters.recipe as { text: string }).text).toContain('- bash');
});

it('a build ends with a signed statement and, apart from it, a signature that does not hang on the clock', () => {
  const inputs = { loaded, lock: facts.lock, materials: facts.materials, key: 'c'.repeat(64) };
  const finished = { manifest: made, stages: facts.stages, started: new Date(0) };
  const signer = testSigner(1);
  const [first, second] = [0, 1].map(() => sealImage({ ...finished, inputs: inputs as never }, signer));
  expect(first!['manifest.json.minisig']).toBe(second!['manifest.json.minisig']);
  expect(checkFile(Buffer.from(manifestText(made)), first!['manifest.json.minisig']!, [signer])).toEqual({
    ...{ result: 'good', by: signer, comment: `image ${made.id} recipe lab` },
  });
  const { envelope, provenance } = openEnvelope(first!['provenance.json']!)!;
  expect(envelope.signatures.map(({ keyid }) => keyid)).toEqual([keyId(signer)]);
  expect(timesOf(provenance).stages).toEqual(facts.stages);
  expect(provenance.predicate.runDetails.metadata.startedOn).toBe('1970-01-01T00:00:00.000Z');
  expect(provenance.predicate.runDetails.byproducts[0]).toEqual({
    ...{ name: RECORD, digest: { sha256: sha256(first![RECORD]!) } },
  });
  const unsigned = sealImage({ ...finished, inputs: inputs as never }, undefined);
  expect(Object.keys(unsigned)).toEqual([RECORD, 'provenance.json']);
  expect(JSON.parse(unsigned[RECORD]!)).toEqual({ key: inputs.key, lock: facts.lock });
});
