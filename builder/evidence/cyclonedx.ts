import { type Bill, type BilledPackage, isGone, remarks } from './bill.ts';

/** CycloneDX 1.6 as JSON: pure. */
export function cyclonedxDocument(bill: Bill): object {
  const { packages, created, builderVersion } = bill;
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    ...{ bomFormat: 'CycloneDX', specVersion: '1.6', serialNumber: `urn:uuid:${bill.uuid}`, version: 1 },
    metadata: {
      timestamp: created,
      tools: { components: [{ type: 'application', name: 'rackhand', version: builderVersion }] },
      component: imageComponent(bill),
    },
    components: [...distributionComponent(bill), ...packages.map(rpmComponent)],
  };
}

function imageComponent({ image }: Bill): object {
  const rootfs = image.artifacts.find(({ role }) => role === 'rootfs');
  return {
    ...{ type: 'operating-system', 'bom-ref': `image:${image.id}`, name: image.recipe, version: image.id },
    ...(rootfs ? { hashes: [{ alg: 'SHA-256', content: rootfs.sha256 }] } : {}),
    components: image.artifacts.map(({ role, file, sha256 }) => ({
      ...{ type: 'file', 'bom-ref': `image:${image.id}/${file}`, name: file },
      hashes: [{ alg: 'SHA-256', content: sha256 }],
      properties: [{ name: 'rackhand:role', value: role }],
    })),
    properties: [{ name: 'rackhand:kernel', value: image.kernelVersion }],
  };
}

function distributionComponent({ distribution }: Bill): object[] {
  if (distribution === undefined) return [];
  const { id, version, name, cpe } = distribution;
  return [
    {
      ...{ type: 'operating-system', 'bom-ref': `distribution:${id}-${version}`, name: id, version },
      ...{ description: name, ...(cpe === undefined ? {} : { cpe }) },
    },
  ];
}

function rpmComponent(one: BilledPackage): object {
  const { epoch, version, release, vendor, address, file, sourceRpm } = one;
  const source = sourceRpm === undefined ? [] : [['rackhand:source-rpm', sourceRpm] as const];
  return {
    ...{ type: 'library', 'bom-ref': one.purl },
    ...(vendor === undefined ? {} : { supplier: { name: vendor } }),
    name: one.name,
    version: `${epoch > 0 ? `${epoch}:` : ''}${version}-${release}`,
    description: one.summary,
    // "Optional" is what nothing can call, since it is not there.
    scope: isGone(one) ? 'optional' : 'required',
    ...(file?.digest ? { hashes: [{ alg: file.digest.cyclonedx, content: file.digest.value }] } : {}),
    ...licences(one),
    purl: one.purl,
    ...(address === undefined ? {} : { externalReferences: [{ type: 'website', url: address }] }),
    properties: [...remarks(one), ...source].map(([name, value]) => ({ name, value })),
  };
}

/** One that has a name of our own alone is no licence of SPDX's list: the tag is what can be said. */
function licences({ licensing, licence }: BilledPackage): object {
  const { expression, references } = licensing;
  if (expression === undefined || licence === undefined) return {};
  const [named] = expression in references ? [references[expression]!] : [];
  return named === undefined
    ? { licenses: [{ expression, acknowledgement: 'declared' }] }
    : { licenses: [{ license: { name: named, acknowledgement: 'declared' } }] };
}
