import { imageId } from '../catalog/id.ts';
import type { Artifact } from '../contract/manifest.ts';
import { type LockedPackage, nevra } from '../root/parse.ts';
import { identity } from '../shared/ids.ts';
import { usrPath } from '../strip/entry.ts';
import type { StripInput, StripPlan } from '../strip/plan.ts';
import { type Licensing, licensing } from './expression.ts';
import { purl, uuid } from './identifiers.ts';
import type { Distribution, InstalledPackage } from './packages.ts';
import type { InstalledRecord } from './record.ts';

/** What both bills of materials are written from: pure. */
export interface Bill {
  image: BilledImage;
  distribution?: Distribution;
  /** In the order of the manifest. */
  packages: BilledPackage[];
  builderVersion: string;
  /** ISO time to the second: of the youngest package, so that the same lock gives the same bytes. */
  created: string;
  /** Of everything above, as a UUID: a document for each content. */
  uuid: string;
}

export interface BilledImage {
  id: string;
  recipe: string;
  kernelVersion: string;
  artifacts: Artifact[];
}

export interface BilledPackage extends InstalledPackage {
  /** "bash-0:5.1.8-9.el9.x86_64" */
  nevra: string;
  purl: string;
  /** The package's URL, when it is one. */
  address?: string;
  licensing: Licensing;
  files: FileCount;
  /** Of the package file as the lock has it; a root that was taken over has none. */
  file?: { name: string; digest?: Digest };
}

/** A digest with what either format calls its kind. */
export interface Digest {
  spdx: string;
  cyclonedx: string;
  value: string;
}

/** Files of a package that were in the root, and those of them that the image has. */
export interface FileCount {
  installed: number;
  /** What the strip has left in the root. */
  kept: number;
  /** In the initramfs or among the boot loaders, which are made before the strip. */
  boot: number;
}

export interface BillOptions {
  image: Omit<BilledImage, 'id'>;
  installed: InstalledRecord;
  locked: readonly LockedPackage[];
  input: StripInput;
  plan: StripPlan;
  /** Paths in the root of what is in the initramfs or among the boot loaders. */
  boot: readonly string[];
  builderVersion: string;
  /** Seconds. */
  epoch: number;
}

export function makeBill(options: BillOptions): Bill {
  const { image, installed, locked, builderVersion, epoch } = options;
  const { distribution } = installed;
  const counts = countFiles(options);
  const files = new Map(locked.map((one) => [nevra(one), fileOf(one)]));
  const packages = installed.packages.map((one) => {
    const name = nevra(one);
    const file = files.get(name);
    return {
      ...{ ...one, nevra: name, purl: purl(one, distribution), licensing: licensing(one.licence) },
      files: counts.get(one.name) ?? NONE,
      ...(one.url !== undefined && isAddress(one.url) ? { address: one.url } : {}),
      ...(file ? { file } : {}),
    };
  });
  const told = {
    image: { id: imageId(image.artifacts), ...image },
    ...(distribution ? { distribution } : {}),
    ...{ packages, builderVersion, created: `${new Date(epoch * 1000).toISOString().slice(0, 19)}Z` },
  };
  return { ...told, uuid: uuid(`rackhand:${identity(told)}`) };
}

const NONE: FileCount = { installed: 0, kept: 0, boot: 0 };

/** dracut puts the initramfs together from these, under other names. */
const RENAMED = /^usr\/lib\/dracut\/modules\.d\//;

/** Name of a package → its files; a file that several own counts for each. */
function countFiles({ input, plan, boot }: BillOptions): Map<string, FileCount> {
  const counts = new Map<string, FileCount>();
  const booted = new Set(boot.map(usrPath));
  for (const { path, kind } of input.entries) {
    if (kind === 'directory') continue;
    const { keep } = plan.decisions.get(path)!;
    const early = booted.has(path) || RENAMED.test(path);
    for (const name of input.owners.get(path) ?? []) {
      const { installed, kept, boot } = counts.get(name) ?? NONE;
      counts.set(name, {
        ...{ installed: installed + 1, kept: kept + Number(keep), boot: boot + Number(early) },
      });
    }
  }
  return counts;
}

/** True of a package of which the image has nothing: scanners must not look for its faults here. */
export function isGone({ files }: Pick<BilledPackage, 'files'>): boolean {
  return files.installed > 0 && files.kept === 0 && files.boot === 0;
}

/** What neither format has a field for, as name and value. */
export function remarks({ files, headerSha256, signature, licence }: BilledPackage): [string, string][] {
  const found: [string, string | undefined][] = [
    ['rackhand:files-kept', `${files.kept} of ${files.installed}`],
    ['rackhand:files-at-boot', files.boot > 0 ? `${files.boot}` : undefined],
    ['rackhand:header-sha256', headerSha256],
    ['rackhand:licence-tag', licence],
    ['rackhand:signature', signature ? `${signature.algorithm}, key ${signature.keyId}` : 'none'],
  ];
  return found.filter((row): row is [string, string] => row[1] !== undefined);
}

/** Packagers write "vim.org" or "none" as well. */
function isAddress(url: string): boolean {
  return /^https?:\/\/\S+$/.test(url) && URL.canParse(url);
}

function fileOf({ checksum, location }: LockedPackage): BilledPackage['file'] {
  if (location === '') return undefined;
  const [kind, value] = checksum.split(':') as [string, string];
  const names = DIGESTS[kind];
  return {
    name: location.slice(location.lastIndexOf('/') + 1),
    ...(names ? { digest: { spdx: names[0], cyclonedx: names[1], value } } : {}),
  };
}

/** By the names that repositories have for them. */
const DIGESTS: Record<string, [spdx: string, cyclonedx: string]> = {
  md5: ['MD5', 'MD5'],
  sha: ['SHA1', 'SHA-1'],
  sha1: ['SHA1', 'SHA-1'],
  sha256: ['SHA256', 'SHA-256'],
  sha384: ['SHA384', 'SHA-384'],
  sha512: ['SHA512', 'SHA-512'],
};
