import { type Bill, type BilledPackage, isGone, remarks } from './bill.ts';

/** SPDX 2.3 as JSON: pure. Field names and their order are those of the specification's chapters 6 to 12. */
export function spdxDocument(bill: Bill): object {
  const { image, packages, created, builderVersion } = bill;
  return {
    ...{ spdxVersion: 'SPDX-2.3', dataLicense: 'CC0-1.0', SPDXID: 'SPDXRef-DOCUMENT' },
    name: `${image.recipe}-${image.id}`,
    documentNamespace: `urn:uuid:${bill.uuid}`,
    creationInfo: { created, creators: [tool(builderVersion)] },
    packages: [imagePackage(bill), ...packages.map((one) => rpmPackage(one, bill))],
    hasExtractedLicensingInfos: extracted(packages),
    relationships: [
      relationship('SPDXRef-DOCUMENT', 'DESCRIBES', IMAGE),
      ...packages.map((one) =>
        isGone(one)
          ? { ...relationship(IMAGE, 'GENERATED_FROM', id(one)), comment: 'the image has no file of it' }
          : relationship(IMAGE, 'CONTAINS', id(one)),
      ),
    ],
  };
}

const IMAGE = 'SPDXRef-Image';

function tool(version: string): string {
  return `Tool: rackhand-${version}`;
}

function imagePackage({ image, distribution, packages }: Bill): object {
  const rootfs = image.artifacts.find(({ role }) => role === 'rootfs');
  const cpe = distribution?.cpe;
  return {
    ...{ SPDXID: IMAGE, name: image.recipe, versionInfo: image.id },
    ...(rootfs ? { packageFileName: rootfs.file } : {}),
    ...{ downloadLocation: 'NOASSERTION', filesAnalyzed: false },
    ...(rootfs ? { checksums: [{ algorithm: 'SHA256', checksumValue: rootfs.sha256 }] } : {}),
    ...{ licenseConcluded: 'NOASSERTION', licenseDeclared: 'NOASSERTION', copyrightText: 'NOASSERTION' },
    summary: `Hypervisor image of ${packages.length} packages${distribution ? ` of ${distribution.name}` : ''}`,
    ...(cpe === undefined ? {} : { externalRefs: [cpeReference(cpe)] }),
    primaryPackagePurpose: 'OPERATING_SYSTEM',
  };
}

/** os-release(5) has either of the two ways to write it. */
function cpeReference(cpe: string): object {
  const referenceType = cpe.startsWith('cpe:2.3:') ? 'cpe23Type' : 'cpe22Type';
  return { referenceCategory: 'SECURITY', referenceType, referenceLocator: cpe };
}

function rpmPackage(one: BilledPackage, { created, builderVersion }: Bill): object {
  const { epoch, version, release, file, vendor, address, sourceRpm } = one;
  return {
    ...{ SPDXID: id(one), name: one.name },
    versionInfo: `${epoch > 0 ? `${epoch}:` : ''}${version}-${release}`,
    ...(file ? { packageFileName: file.name } : {}),
    supplier: vendor === undefined ? 'NOASSERTION' : `Organization: ${vendor}`,
    ...{ downloadLocation: 'NOASSERTION', filesAnalyzed: false },
    ...(file?.digest
      ? { checksums: [{ algorithm: file.digest.spdx, checksumValue: file.digest.value }] }
      : {}),
    ...(address === undefined ? {} : { homepage: address }),
    ...(sourceRpm === undefined ? {} : { sourceInfo: `built from ${sourceRpm}` }),
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: one.licensing.expression ?? 'NOASSERTION',
    ...{ copyrightText: 'NOASSERTION', summary: one.summary },
    externalRefs: [
      { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: one.purl },
    ],
    annotations: remarks(one).map(([name, value]) => ({
      ...{ annotationDate: created, annotationType: 'OTHER', annotator: tool(builderVersion) },
      comment: `${name}=${value}`,
    })),
  };
}

/** Letters, digits, dots and dashes are all that an id may have. */
function id({ nevra }: BilledPackage): string {
  const hex = (c: string) => `-${c.codePointAt(0)!.toString(16)}-`;
  return `SPDXRef-Package-${nevra.replace(/[^A-Za-z0-9.-]/g, hex)}`;
}

/** Every LicenseRef of the document, with what the packages say and where the text is. */
function extracted(packages: readonly BilledPackage[]): object[] {
  const texts = new Map(packages.flatMap(({ licensing }) => Object.entries(licensing.references)));
  return [...texts].sort().map(([licenseId, tag]) => ({
    licenseId,
    extractedText: `Packages name this licence "${tag}". Its text, where they bring one, is in licences.tar.gz.`,
    name: tag,
  }));
}

function relationship(spdxElementId: string, relationshipType: string, relatedSpdxElement: string): object {
  return { spdxElementId, relationshipType, relatedSpdxElement };
}
