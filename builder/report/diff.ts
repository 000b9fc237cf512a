import type { Manifest, PackageRecord } from '../contract/manifest.ts';
import type { Contents } from '../strip/contents.ts';
import { isModule, modulePath } from '../strip/modules.ts';

export interface Change {
  name: string;
  before: string;
  after: string;
}

/** Names that only the second image has, only the first has, and those that both have but not alike. */
export interface Changes {
  added: string[];
  removed: string[];
  changed: Change[];
}

export interface FolderChange {
  folder: string;
  added: number;
  removed: number;
  /** Files of another size; content of equal size is not compared. */
  resized: number;
  /** Bytes more (or fewer), uncompressed. */
  bytes: number;
}

export interface SizeChange {
  name: string;
  before: number;
  after: number;
}

export interface ImageDiff {
  before: string;
  after: string;
  kernel: { before: string; after: string };
  packages: Changes;
  /** Places in the kernel's tree: "kernel/net/tun". */
  modules: Changes;
  firmware: Changes;
  /** Links in .wants and .requires folders: "multi-user.target.wants/sshd.service". */
  units: Changes;
  kernelArguments: Changes;
  artifacts: SizeChange[];
  files: { folders: FolderChange[]; added: string[]; removed: string[]; resized: SizeChange[] };
}

interface Side {
  manifest: Manifest;
  contents: Contents;
}

/** What has changed from one image to another. Only what stayed in the images is looked at. */
export function diffImages(a: Side, b: Side): ImageDiff {
  const [before, after] = [keptFiles(a), keptFiles(b)];
  const named = (files: ReadonlyMap<string, number>, nameOf: (path: string) => string | undefined) => {
    const names = new Map<string, string>();
    for (const [path, bytes] of files) {
      const name = nameOf(path);
      if (name !== undefined) names.set(name, `${bytes} bytes`);
    }
    return names;
  };
  const compare = (name: (path: string) => string | undefined) =>
    compareMaps(named(before, name), named(after, name));
  return {
    ...{ before: a.manifest.id, after: b.manifest.id },
    kernel: { before: a.manifest.kernelVersion, after: b.manifest.kernelVersion },
    packages: compareMaps(packageVersions(a.manifest.packages), packageVersions(b.manifest.packages)),
    modules: compare((path) => (isModule(path) ? modulePath(path) : undefined)),
    firmware: compare((path) => /^usr\/lib\/firmware\/(.+)$/.exec(path)?.[1]),
    units: compare(enabledUnit),
    kernelArguments: compareMaps(
      new Map(a.manifest.kernelArguments.map((argument) => [argument, ''])),
      new Map(b.manifest.kernelArguments.map((argument) => [argument, ''])),
    ),
    artifacts: artifactSizes(a.manifest, b.manifest),
    files: compareFiles(before, after),
  };
}

/** Path → bytes. The kernel's version in the path is left out, or a newer kernel would change every module. */
function keptFiles({ contents }: Side): Map<string, number> {
  const files = contents.paths.filter(({ keep, kind }) => keep && (kind === 'file' || kind === 'link'));
  return new Map(files.map(({ path, size }) => [versionless(path), size]));
}

function versionless(path: string): string {
  return path.replace(/^(usr\/lib\/modules)\/[^/]+\//, '$1/KERNEL/');
}

function enabledUnit(path: string): string | undefined {
  return /^(?:usr\/lib|etc)\/systemd\/system\/([^/]+\.(?:wants|requires)\/[^/]+)$/.exec(path)?.[1];
}

function packageVersions(packages: readonly PackageRecord[]): Map<string, string> {
  const versions = new Map<string, string>();
  for (const { name, epoch, version, release } of packages) {
    const full = `${epoch ? `${epoch}:` : ''}${version}-${release}`;
    // Several versions of one package may be installed side by side.
    versions.set(name, versions.has(name) ? `${versions.get(name)}, ${full}` : full);
  }
  return versions;
}

/** All in the order of names. */
export function compareMaps(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): Changes {
  const names = [...new Set([...a.keys(), ...b.keys()])].sort();
  return {
    added: names.filter((name) => !a.has(name)),
    removed: names.filter((name) => !b.has(name)),
    changed: names.flatMap((name) => {
      const [before, after] = [a.get(name), b.get(name)];
      return before === undefined || after === undefined || before === after ? [] : [{ name, before, after }];
    }),
  };
}

function artifactSizes(a: Manifest, b: Manifest): SizeChange[] {
  const sizes = (manifest: Manifest) => new Map(manifest.artifacts.map(({ role, size }) => [role, size]));
  const [before, after] = [sizes(a), sizes(b)];
  const roles = [...new Set([...before.keys(), ...after.keys()])];
  return roles.map((name) => ({ name, before: before.get(name) ?? 0, after: after.get(name) ?? 0 }));
}

function compareFiles(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): ImageDiff['files'] {
  const folders = new Map<string, FolderChange>();
  const note = (path: string, what: 'added' | 'removed' | 'resized', bytes: number) => {
    const folder = folderOf(path);
    const row = folders.get(folder) ?? { folder, added: 0, removed: 0, resized: 0, bytes: 0 };
    row[what]++;
    row.bytes += bytes;
    folders.set(folder, row);
  };
  const [added, removed, resized]: [string[], string[], SizeChange[]] = [[], [], []];
  for (const path of [...new Set([...a.keys(), ...b.keys()])].sort()) {
    const [before, after] = [a.get(path), b.get(path)];
    if (before === after) continue;
    note(
      path,
      before === undefined ? 'added' : after === undefined ? 'removed' : 'resized',
      (after ?? 0) - (before ?? 0),
    );
    if (before === undefined) added.push(path);
    else if (after === undefined) removed.push(path);
    else resized.push({ name: path, before, after });
  }
  const rows = [...folders.values()].sort(
    (x, y) => Math.abs(y.bytes) - Math.abs(x.bytes) || (x.folder < y.folder ? -1 : 1),
  );
  return { folders: rows, added, removed, resized };
}

/** Deep enough to say something, shallow enough to be few: three levels, of modules and firmware two more. */
function folderOf(path: string): string {
  const depth = /^usr\/lib\/(modules|firmware)\//.test(path) ? 6 : 3;
  return path.split('/').slice(0, -1).slice(0, depth).join('/') || '.';
}
