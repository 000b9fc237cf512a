import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderSource } from '../../../builder/verify/source.ts';
import { verifyImage } from '../../../builder/verify/verify.ts';
import { makeImage, type Told } from '../evidence/image.ts';
import { testSigner } from '../evidence/signer.ts';

const signer = testSigner(1);
const trusting = { trusted: [signer], unsigned: false };

let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'rackhand-lies-'));
});
afterAll(() => rm(base, { recursive: true, force: true }));

describe('a signed image whose records lie', () => {
  type Lie = (told: Told) => Told;
  const paths =
    (how: (paths: Told['contents']['paths']) => Told['contents']['paths']): Lie =>
    (told) => ({
      ...told,
      contents: { ...told.contents, paths: how(told.contents.paths) },
    });
  it.each<[what: string, lie: Lie, reason: string]>([
    [
      'lacks a file of the root',
      paths((all) => all.filter(({ path }) => path !== 'etc/hosts')),
      'in the root, and not recorded as kept: etc/hosts',
    ],
    [
      'says that a file went',
      paths((all) => all.map((one) => (one.path === 'etc/hosts' ? { ...one, keep: false } : one))),
      'in the root, and not recorded as kept: etc/hosts',
    ],
    [
      'has a file more',
      paths((all) => [...all, { ...all[0]!, path: 'etc/shadow' }]),
      'recorded as kept, and not in the root: etc/shadow',
    ],
    [
      'gives another size',
      paths((all) => all.map((one) => (one.path === 'etc/hosts' ? { ...one, size: 3 } : one))),
      'another kind or size than recorded: etc/hosts',
    ],
    [
      'gives another kind',
      paths((all) => all.map((one) => (one.path === 'lib' ? { ...one, kind: 'directory' } : one))),
      'another kind or size than recorded: lib',
    ],
    [
      'names a package of its own',
      (told) => ({ ...told, contents: { ...told.contents, packages: ['rootkit'] } }),
      'packages that own files, and are not in the manifest: rootkit',
    ],
    [
      'names a package of its own in the SPDX document',
      (told) => ({ ...told, bills: { ...told.bills, spdx: ['kernel 6.1.0-1', 'rootkit 1-1'] } }),
      'packages of its spdx document that the manifest lacks: rootkit 1-1',
    ],
    [
      'names another version in the CycloneDX document',
      (told) => ({ ...told, bills: { ...told.bills, cyclonedx: ['kernel 6.1.0-2'] } }),
      'packages of the manifest that its cyclonedx document lacks: kernel 6.1.0-1',
    ],
    [
      'has a package that nobody signed',
      (told) => ({ ...told, signatures: { ...told.signatures, unsigned: ['kernel-0:6.1.0-1.x86_64'] } }),
      'unsigned, though the manifest says that signatures were checked: kernel-0:6.1.0-1.x86_64',
    ],
    [
      'knows the signatures of other packages',
      (told) => ({ ...told, signatures: { ...told.signatures, packages: 9 } }),
      'packages of the manifest and of the record of signatures: 1, 9',
    ],
    [
      'has a file that was removed, and the manifest has not',
      paths((all) => [...all, { ...all.at(-1)!, path: 'etc/gone' }]),
      'files removed by the manifest and by the record: 1, 2',
    ],
    [
      'blames another rule',
      (told) => ({
        ...told,
        contents: { ...told.contents, rules: [{ at: 'r:9', verb: 'drop', because: 'other' }] },
      }),
      'rules that removed another number of files by the manifest than by the record: r:9 (drop: other), r:0 (drop-module',
    ],
    [
      'removed fewer bytes',
      paths((all) => all.map((one) => (one.keep ? one : { ...one, size: 1 }))),
      'the manifest has more bytes removed than the record: 3, 1',
    ],
    [
      'does not know a module that went',
      (told) => ({
        ...told,
        modules: { ...told.modules, modules: told.modules.modules.filter(({ name }) => name !== 'dummy') },
      }),
      'modules removed by the manifest and by their record: 1, 0',
    ],
    [
      'is of another kernel',
      (told) => ({ ...told, modules: { ...told.modules, kernel: '5.0' } }),
      'the record of modules is of another kernel: 5.0',
    ],
    [
      'says that a module went',
      (told) => ({
        ...told,
        modules: { ...told.modules, modules: told.modules.modules.filter(({ name }) => name !== 'tun') },
      }),
      'modules in the root, and not recorded as kept: usr/lib/modules/6.1.0/kernel/net/tun.ko',
    ],
    [
      'has a manifest of another kernel',
      (told) => ({ ...told, manifest: { ...told.manifest, kernelVersion: '5.0' } }),
      'the root has no modules of the kernel: 5.0',
    ],
    [
      'has no record',
      (told) => ({ ...told, manifest: { ...told.manifest, evidence: [] } }),
      'the manifest names no record: contents',
    ],
  ])('%s', async (_, lie, reason) => {
    const place = await mkdtemp(join(base, 'lie-'));
    const { id } = await makeImage(place, signer, lie);
    const { faults } = await verifyImage(folderSource(join(place, 'catalog', id)), trusting);
    expect(faults.map(({ code }) => code)).toContain('content-differs');
    expect(faults.map(({ what }) => what).join('\n')).toContain(reason);
  });
});
