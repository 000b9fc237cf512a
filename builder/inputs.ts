import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { imageId } from './catalog/id.ts';
import {
  type Artifact,
  type ArtifactRole,
  Manifest,
  type PackageRecord,
  type StageRecord,
} from './contract/manifest.ts';
import type { LoadedRecipe } from './recipe/load.ts';
import type { Lock } from './root/lock.ts';
import { identity, sha256, sha256File } from './shared/ids.ts';

/** Everything that decides what a build gives. */
export interface Inputs {
  loaded: LoadedRecipe;
  lock: Lock;
  /** Identity of the root stage's inputs. */
  rootKey: string;
  /** Identity of all inputs. */
  key: string;
  /** Version of the builder. */
  version: string;
}

/** What the root stage depends on, and what any stage does: a change of the code is a change of inputs. */
const ROOT_SOURCES = ['root', 'shared/process'];
const ALL_SOURCES = [
  ...ROOT_SOURCES,
  'recipe',
  'configure',
  'strip',
  'initramfs',
  'image',
  'media',
  'build.ts',
];

export async function sourceIdentity(): Promise<{ root: string; all: string; version: string }> {
  const here = import.meta.dirname;
  const text = await readFile(join(here, '../package.json'), 'utf8');
  const { version } = JSON.parse(text) as { version: string };
  const digest = async (names: string[]) =>
    identity(await Promise.all(names.map((name) => digests(join(here, name)))));
  return { root: await digest(ROOT_SOURCES), all: await digest(ALL_SOURCES), version };
}

async function digests(path: string): Promise<[string, string][]> {
  if ((await stat(path)).isFile()) return [['', sha256(await readFile(path))]];
  const names = (await readdir(path)).filter((name) => name.endsWith('.ts')).sort();
  return Promise.all(
    names.map(async (name) => [name, sha256(await readFile(join(path, name)))] as [string, string]),
  );
}

/** Bytes that a build takes at its height: packages, root, its cached copy; squashfs, initramfs, ISO. */
export function spaceNeeds(
  lock: Lock,
  folders: { cache: string; catalog: string },
  rootCached: boolean,
): { path: string; bytes: number }[] {
  const sum = (field: 'size' | 'installSize') => lock.packages.reduce((total, p) => total + p[field], 0);
  const [packages, installed] = [sum('size'), sum('installSize')];
  return [
    { path: folders.cache, bytes: (rootCached ? 1 : 2) * installed * 1.1 + (rootCached ? 0 : packages) },
    { path: folders.catalog, bytes: installed * 0.8 },
  ];
}

const FILES: [role: ArtifactRole, file: string][] = [
  ['kernel', 'vmlinuz'],
  ['initramfs', 'initramfs.img'],
  ['rootfs', 'rootfs.squashfs'],
  ['iso', 'image.iso'],
];

export async function makeManifest(
  folder: string,
  { loaded, version }: Inputs,
  packages: PackageRecord[],
  stages: StageRecord[],
  made: { kernel: string; strip: Manifest['strip']; label: string; kernelArguments: string[] },
): Promise<Manifest> {
  const artifacts: Artifact[] = [];
  for (const [role, file] of FILES) {
    const path = join(folder, file);
    artifacts.push({ role, file, size: (await stat(path)).size, sha256: await sha256File(path) });
  }
  const { recipe } = loaded;
  return Manifest.parse({
    schema: 1,
    id: imageId(artifacts),
    recipe: { name: recipe.name, sha256: loaded.sha256 },
    base: recipe.base,
    builtAt: new Date().toISOString(),
    builderVersion: version,
    kernelVersion: made.kernel,
    artifacts,
    packages,
    stages,
    kernelArguments: made.kernelArguments,
    ramRequired: recipe.ramRequired,
    isoLabel: made.label,
    libvirt: recipe.libvirt,
    strip: made.strip,
  });
}
