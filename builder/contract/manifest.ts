import { z } from 'zod';
import { Architecture } from './architecture.ts';
import { KernelArgument, Sha256, Slug } from './fields.ts';

/** What this program writes and reads; images of another one are built again. */
export const MANIFEST_SCHEMA = 2;

/**
 * Roles an artifact can have; the server looks artifacts up by role and never by file name. shim and netgrub: what machines
 * with Secure Boot start from the network, signed by the distribution that signed the kernel.
 */
export const ArtifactRole = z.enum([
  ...['kernel', 'initramfs', 'rootfs'],
  ...['iso', 'usb', 'netiso'],
  ...['shim', 'netgrub'],
] as const);
export type ArtifactRole = z.infer<typeof ArtifactRole>;

export const Artifact = z.strictObject({
  role: ArtifactRole,
  /** File name inside the image's folder of the catalog. */
  file: Slug,
  /** Bytes. */
  size: z.int().nonnegative(),
  sha256: Sha256,
});
export type Artifact = z.infer<typeof Artifact>;

/** What an image brings along to be believed by; a kind is in an image once or not at all. */
export const EvidenceKind = z.enum([
  'contents',
  'modules',
  'sbom-spdx',
  'sbom-cyclonedx',
  'licences',
  'unsigned',
]);
export type EvidenceKind = z.infer<typeof EvidenceKind>;

/** A file beside the manifest that the same inputs give again, byte for byte: who signs the manifest signs it too. */
export const Evidence = z.strictObject({
  kind: EvidenceKind,
  file: Slug,
  size: Artifact.shape.size,
  sha256: Sha256,
});
export type Evidence = z.infer<typeof Evidence>;

export const PackageRecord = z.strictObject({
  name: z.string(),
  epoch: z.int().nonnegative(),
  version: z.string(),
  release: z.string(),
  arch: z.string(),
});
export type PackageRecord = z.infer<typeof PackageRecord>;

/**
 * Written once when the build ends and never changed: `images/catalog/<id>/manifest.json`. The same lock and recipe
 * give the same bytes again: times and whatever else belongs to one build are in the provenance beside it.
 */
export const Manifest = z.strictObject({
  schema: z.literal(MANIFEST_SCHEMA),
  /** First 16 hex digits of the hash of the artifacts' digests. */
  id: z.string().regex(/^[0-9a-f]{16}$/),
  recipe: z.strictObject({ name: Slug, sha256: Sha256 }),
  /** Distribution base, for people: "el9". */
  base: z.string(),
  /** Machines that it is for; x86_64 where an older builder did not say. */
  arch: Architecture.optional(),
  builderVersion: z.string(),
  kernelVersion: z.string(),
  artifacts: z.array(Artifact).min(1),
  evidence: z.array(Evidence),
  packages: z.array(PackageRecord),
  /** Arguments the image needs to boot, without `root=` (the medium decides that) and without secrets. */
  kernelArguments: z.array(KernelArgument),
  /** RAM in MiB below which the image does not boot from the network. */
  ramRequired: z.int().positive(),
  /** Volume label of the ISO, for `root=live:CDLABEL=`. */
  isoLabel: z.string().regex(/^[A-Z0-9_-]{1,32}$/),
  /** The oldest processors that its packages run on. */
  cpu: z.enum(['x86-64', 'x86-64-v2', 'x86-64-v3', 'armv8-a']).optional(),
  /** Repository → whether the signatures of its packages were checked; unchecked only by the recipe's own words. */
  signatures: z.record(z.string(), z.enum(['checked', 'unchecked'])).optional(),
  /** The root that was taken over, when the image was not made of packages. */
  source: z.strictObject({ kind: z.string(), digest: z.string() }).optional(),
  /** What the image is set to; permissive where the builder could not write labels. */
  selinux: z.enum(['enforcing', 'permissive', 'disabled']).optional(),
  /** Which libvirt daemons serve TLS in this image. */
  libvirt: z.enum(['monolithic', 'modular']),
  strip: z.strictObject({
    filesRemoved: z.int().nonnegative(),
    bytesRemoved: z.int().nonnegative(),
    /** One row for each rule that removed something, with its place: "hypervisor.yaml:41". */
    rules: z.array(
      z.strictObject({
        rule: z.string(),
        verb: z.string(),
        because: z.string(),
        files: z.int().nonnegative(),
        bytes: z.int().nonnegative(),
      }),
    ),
    /** Places of rules that matched nothing. */
    idle: z.array(z.string()),
    modulesKept: z.int().nonnegative(),
    modulesRemoved: z.int().nonnegative(),
    /** Firmware files that kept modules ask for and the image lacks: by that rule, or since no package has it. */
    firmwareAbsent: z.array(
      z.strictObject({ name: z.string(), drivers: z.array(z.string()), rule: z.string().optional() }),
    ),
    /** What else a file names and a rule takes on purpose ("even-if: needed"). */
    absentOnPurpose: z.array(z.strictObject({ path: z.string(), name: z.string(), rule: z.string() })),
  }),
});
export type Manifest = z.infer<typeof Manifest>;

/** Machines that an image is for. */
export function architectureOf({ arch }: Pick<Manifest, 'arch'>): Architecture {
  return arch ?? 'x86_64';
}

/** The bytes of `manifest.json`: what is signed. */
export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
