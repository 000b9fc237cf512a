import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { StageInputs } from './cache/stages.ts';
import { imageId } from './catalog/id.ts';
import {
  type Artifact,
  type ArtifactRole,
  MANIFEST_SCHEMA,
  Manifest,
  type PackageRecord,
} from './contract/manifest.ts';
import { describeEvidence, type EvidenceBytes } from './evidence/files.ts';
import { type EfiLoaders, NETWORK_LOADERS } from './media/loaders.ts';
import type { LoadedRecipe } from './recipe/load.ts';
import type { Recipe } from './recipe/schema.ts';
import { isChecked } from './root/arguments.ts';
import type { Lock } from './root/lock.ts';
import { FileDigests } from './shared/digests.ts';
import type { Sources } from './sources.ts';
import { isModule } from './strip/modules.ts';
import { summarise } from './strip/plan.ts';
import type { PlannedStrip } from './strip/strip.ts';

/** Everything that decides what a build gives. */
export interface Inputs {
  loaded: LoadedRecipe;
  lock: Lock;
  /** Inputs of the root stage. */
  root: StageInputs;
  /** Identity of all inputs. */
  key: string;
  builder: Sources;
  /** What else decides beside recipe and lock: name → SHA-256. */
  materials: Record<string, string>;
}

/** Bytes that a build takes at its height: packages, root, its cached copy; squashfs, initramfs, media. */
export function spaceNeeds(
  lock: Lock,
  folders: { cache: string; catalog: string },
  rootCached: boolean,
): { path: string; bytes: number }[] {
  const sum = (field: 'size' | 'installSize') => lock.packages.reduce((total, p) => total + p[field], 0);
  const [packages, installed] = [sum('size'), sum('installSize')];
  return [
    { path: folders.cache, bytes: (rootCached ? 1 : 2) * installed * 1.1 + (rootCached ? 0 : packages) },
    { path: folders.catalog, bytes: installed * 1.2 },
  ];
}

const FILES: [role: ArtifactRole, file: string][] = [
  ['kernel', 'vmlinuz'],
  ['initramfs', 'initramfs.img'],
  ['rootfs', 'rootfs.squashfs'],
  ['iso', 'image.iso'],
  ['usb', 'usb.img'],
  ['netiso', 'net.iso'],
  ['shim', NETWORK_LOADERS.shim],
  ['netgrub', NETWORK_LOADERS.netgrub],
];

/** An image has those that its recipe asks for, and loaders where its packages bring them. */
const OPTIONAL: readonly ArtifactRole[] = ['iso', 'usb', 'netiso', 'shim', 'netgrub'];

/** Sizes and digests of what the stages have left in the image's folder. */
export async function describeArtifacts(folder: string, digests = new FileDigests()): Promise<Artifact[]> {
  const described = FILES.map(async ([role, file]): Promise<Artifact[]> => {
    const path = join(folder, file);
    const found = await stat(path).catch((error) => {
      if (!OPTIONAL.includes(role)) throw error;
    });
    return found ? [{ role, file, size: found.size, sha256: await digests.of(path) }] : [];
  });
  return (await Promise.all(described)).flat();
}

/** What a manifest is made of. */
export interface Made {
  artifacts: Artifact[];
  evidence: EvidenceBytes;
  packages: PackageRecord[];
  planned: PlannedStrip;
  label: string;
  kernelArguments: string[];
}

export function makeManifest(
  { loaded: { recipe, release, sha256 }, lock, builder }: Inputs,
  made: Made,
): Manifest {
  const { artifacts, evidence, packages, planned, label, kernelArguments } = made;
  return Manifest.parse({
    schema: MANIFEST_SCHEMA,
    id: imageId(artifacts),
    recipe: { name: recipe.name, sha256 },
    ...{ base: recipe.base, arch: recipe.arch },
    builderVersion: builder.version,
    kernelVersion: planned.kernel,
    artifacts,
    evidence: describeEvidence(evidence),
    packages,
    kernelArguments,
    ramRequired: recipe.ramRequired,
    isoLabel: label,
    ...{ cpu: release.cpu, signatures: signaturesOf(recipe), source: sourceOf(lock) },
    selinux: recipe.selinux,
    libvirt: recipe.libvirt,
    strip: stripSummary(planned),
  });
}

function signaturesOf({ repositories }: Recipe): Manifest['signatures'] {
  return Object.fromEntries(
    repositories.map((one) => [one.id, isChecked(one) ? ('checked' as const) : ('unchecked' as const)]),
  );
}

function sourceOf({ source }: Lock): Manifest['source'] {
  return source && { kind: source.kind, digest: source.digest };
}

function stripSummary({ plan, verdict, input }: PlannedStrip): Manifest['strip'] {
  const rows = summarise(plan.removals);
  const modules = input.entries.filter(({ path }) => isModule(path));
  const kept = modules.filter(({ path }) => plan.decisions.get(path)!.keep).length;
  const total = (field: 'files' | 'bytes') => rows.reduce((sum, row) => sum + row[field], 0);
  return {
    ...{ filesRemoved: total('files'), bytesRemoved: total('bytes') },
    rules: rows.map(({ rule, files, bytes }) => {
      const { at, verb, because } = plan.rules[rule]!;
      return { rule: at, verb, because, files, bytes };
    }),
    idle: plan.idle.map((index) => plan.rules[index]!.at),
    ...{ modulesKept: kept, modulesRemoved: modules.length - kept },
    firmwareAbsent: verdict.firmwareAbsent,
    absentOnPurpose: verdict.onPurpose,
  };
}

/** Seconds: one day for all files of a build, from the lock alone. */
export function lockEpoch(lock: Lock): number {
  return Math.max(0, ...lock.packages.map((p) => p.buildTime));
}

/** What the media stage gives the manifest. */
export interface Media {
  label: string;
  kernelArguments: string[];
  signed: EfiLoaders | undefined;
}
