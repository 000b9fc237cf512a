import { describe, expect, it } from 'vitest';
import { cyclonedxDocument } from '../../../builder/evidence/cyclonedx.ts';
import { packageEvidence } from '../../../builder/evidence/sbom.ts';
import { spdxDocument } from '../../../builder/evidence/spdx.ts';
import { bill, billOptions } from './fixture.ts';
import { cyclonedxFaults, spdxFaults } from './schemas.ts';

/** A document as its readers see it. */
// biome-ignore lint/suspicious/noExplicitAny: the schemas say what is in it
const read = (document: object): any => JSON.parse(JSON.stringify(document));
const spdx = () => read(spdxDocument(bill()));
const cyclonedx = () => read(cyclonedxDocument(bill()));
const named = (list: { name: string }[], name: string) => list.find((one) => one.name === name);

/** Without what can be unknown. */
const bare = () => {
  const options = billOptions({ locked: [] });
  const { packages, keys, withoutText } = options.installed;
  const cut = packages.map(({ name, epoch, version, release, arch, size, summary }) => ({
    ...{ name, epoch, version, release, arch, size, summary },
  }));
  return bill({ ...options, installed: { packages: cut, keys, withoutText } });
};

describe('SPDX 2.3', () => {
  it('is what the specification allows, also where little is known', () => {
    expect(spdxFaults(spdx())).toEqual([]);
    expect(spdxFaults(read(spdxDocument(bare())))).toEqual([]);
  });
  it.each([
    ['a field that it does not know', { packageCount: 5 }, ' Unrecognized key: "packageCount"'],
    ['another version', { spdxVersion: 'SPDX-2.2' }, 'spdxVersion Invalid input: expected "SPDX-2.3"'],
    ['no name space', { documentNamespace: 'small' }, 'documentNamespace is no URI'],
  ])('with %s is refused', (_, change, fault) => {
    expect(spdxFaults({ ...spdx(), ...change })).toEqual([fault]);
  });

  it('names a package as the package database and the lock do', () => {
    const document = spdx();
    expect(named(document.packages, 'libstdc++')).toEqual({
      ...{ SPDXID: 'SPDXRef-Package-libstdc-2b--2b--1-3a-1-7e-rc1-2.el9-2b-5.x86-5f-64', name: 'libstdc++' },
      ...{ versionInfo: '1:1~rc1-2.el9+5', packageFileName: 'libstdc++-1~rc1-2.el9+5.x86_64.rpm' },
      ...{ supplier: 'NOASSERTION', downloadLocation: 'NOASSERTION', filesAnalyzed: false },
      checksums: [{ algorithm: 'SHA256', checksumValue: 'd'.repeat(64) }],
      ...{ licenseConcluded: 'NOASSERTION', copyrightText: 'NOASSERTION' },
      licenseDeclared: 'LicenseRef-GPLv3-or-later-with-exceptions AND LicenseRef-Public-Domain',
      summary: 'What libstdc++ does | in a line',
      externalRefs: [
        {
          ...{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl' },
          referenceLocator:
            'pkg:rpm/rocky/libstdc%2B%2B@1~rc1-2.el9%2B5?arch=x86_64&distro=rocky-9.5&epoch=1',
        },
      ],
      annotations: [
        'rackhand:files-kept=1 of 1',
        `rackhand:header-sha256=${'c'.repeat(64)}`,
        'rackhand:licence-tag=GPLv3+ with exceptions and Public Domain',
        'rackhand:signature=RSA/SHA256, key 702d426d350d275d',
      ].map((comment) => ({
        ...{ annotationDate: '2025-01-01T00:00:00Z', annotationType: 'OTHER' },
        ...{ annotator: 'Tool: rackhand-0.1.0', comment },
      })),
    });
  });
  it('names each thing once, and nothing that is not there', () => {
    const { packages, relationships, hasExtractedLicensingInfos: licences } = spdx();
    const ids = ['SPDXRef-DOCUMENT', ...packages.map((one: { SPDXID: string }) => one.SPDXID)];
    expect(new Set(ids).size).toBe(ids.length);
    const related = relationships.map((one: { relatedSpdxElement: string }) => one.relatedSpdxElement);
    expect(related.sort()).toEqual(ids.slice(1).sort());
    const used = JSON.stringify(packages).match(/LicenseRef-[A-Za-z0-9.-]+/g)!;
    expect(licences.map((one: { licenseId: string }) => one.licenseId)).toEqual([...new Set(used)].sort());
  });
  it('tells a package of which nothing is left from those that are in the image', () => {
    const gone = spdx().relationships.filter(
      ({ relationshipType }: { relationshipType: string }) => relationshipType === 'GENERATED_FROM',
    );
    expect(gone).toEqual([
      {
        ...{ spdxElementId: 'SPDXRef-Image', relationshipType: 'GENERATED_FROM' },
        relatedSpdxElement: 'SPDXRef-Package-manual-0-3a-1-7e-rc1-2.el9-2b-5.x86-5f-64',
        comment: 'the image has no file of it',
      },
    ]);
  });
});

describe('CycloneDX 1.6', () => {
  it('is what its schema allows, also where little is known', () => {
    expect(cyclonedxFaults(cyclonedx())).toEqual([]);
    expect(cyclonedxFaults(read(cyclonedxDocument(bare())))).toEqual([]);
  });
  it.each([
    ['a component of no kind', { components: [{ name: 'bash' }] }],
    ['a number that is no UUID', { serialNumber: 'urn:uuid:1' }],
    ['a field that it does not know', { packages: [] }],
  ])('with %s is refused', (_, change) => {
    expect(cyclonedxFaults({ ...cyclonedx(), ...change })).not.toEqual([]);
  });

  it('names a package as the package database and the lock do', () => {
    expect(named(cyclonedx().components, 'bash')).toEqual({
      type: 'library',
      'bom-ref': 'pkg:rpm/rocky/bash@1~rc1-2.el9%2B5?arch=x86_64&distro=rocky-9.5',
      ...{ name: 'bash', version: '1~rc1-2.el9+5', description: 'What bash does | in a line' },
      scope: 'required',
      hashes: [{ alg: 'SHA-256', content: 'd'.repeat(64) }],
      licenses: [{ expression: 'GPL-3.0-or-later', acknowledgement: 'declared' }],
      purl: 'pkg:rpm/rocky/bash@1~rc1-2.el9%2B5?arch=x86_64&distro=rocky-9.5',
      externalReferences: [{ type: 'website', url: 'https://www.gnu.org/software/bash/#top' }],
      properties: [
        { name: 'rackhand:files-kept', value: '1 of 2' },
        { name: 'rackhand:files-at-boot', value: '1' },
        { name: 'rackhand:header-sha256', value: 'c'.repeat(64) },
        { name: 'rackhand:licence-tag', value: 'GPLv3+' },
        { name: 'rackhand:signature', value: 'RSA/SHA256, key 702d426d350d275d' },
      ],
    });
  });
  it('leaves a package in the image of which the initramfs or a boot loader is made', () => {
    const { components } = cyclonedx();
    for (const name of ['dracut', 'shim-x64']) {
      const properties = expect.arrayContaining([
        { name: 'rackhand:files-kept', value: '0 of 1' },
        { name: 'rackhand:files-at-boot', value: '1' },
      ]);
      expect(named(components, name)).toMatchObject({ scope: 'required', properties });
    }
  });
  it('leaves a package out of the image of which nothing is left', () => {
    const manual = named(cyclonedx().components, 'manual');
    expect(manual).toMatchObject({
      scope: 'optional',
      supplier: { name: 'Rocky Enterprise Software Foundation' },
    });
    expect(manual).toMatchObject({ properties: [{ value: '0 of 1' }, {}, { value: 'none' }] });
  });
  it('names the image by its id and the digests of its artifacts', () => {
    const { component } = cyclonedx().metadata;
    expect([component.name, component.version]).toEqual(['small', bill().image.id]);
    expect(component.components.map((one: { name: string }) => one.name)).toEqual([
      'vmlinuz',
      'rootfs.squashfs',
    ]);
  });
});

it('the same image gives the same bytes, and another content another document', () => {
  const [once, again] = [packageEvidence(billOptions()), packageEvidence(billOptions())];
  expect(again).toEqual(once);
  const uuids = [bill(), bill({ builderVersion: '0.2.0' }), bill({ locked: [] }), bill({ epoch: 0 })];
  expect(new Set(uuids.map(({ uuid }) => uuid)).size).toBe(4);
  expect(bill().uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
