import { MANIFEST_SCHEMA, type Manifest } from '../../builder/contract/manifest.ts';

/** A small but complete manifest of an image with one file. */
export function manifest(change: Partial<Manifest> = {}): Manifest {
  return {
    schema: MANIFEST_SCHEMA,
    id: '0123456789abcdef',
    recipe: { name: 'lab', sha256: 'b'.repeat(64) },
    base: 'el9',
    builderVersion: '0.1.0',
    kernelVersion: '6.1.0',
    artifacts: [{ role: 'kernel', file: 'vmlinuz', size: 3, sha256: 'a'.repeat(64) }],
    evidence: [],
    packages: [],
    kernelArguments: ['rd.live.image'],
    ramRequired: 1024,
    isoLabel: 'RACKHAND',
    libvirt: 'monolithic',
    strip: {
      ...{ filesRemoved: 0, bytesRemoved: 0, rules: [], idle: [] },
      ...{ absentOnPurpose: [], modulesKept: 0, modulesRemoved: 0, firmwareAbsent: [] },
    },
    ...change,
  };
}
