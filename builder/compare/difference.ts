import { mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArtifactRole, Manifest } from '../contract/manifest.ts';
import type { Contents } from '../strip/contents.ts';
import { initramfsDifference } from './initramfs.ts';
import { fileAt } from './medium.ts';
import { rootDifference } from './root.ts';

/** Something of an artifact that is not the same in both. */
export interface Within {
  /** Its path there. */
  file: string;
  what: string;
}

/** Where two images that ought to be the same first differ. */
export interface Difference extends Partial<Within> {
  artifact: string;
  /** First byte that is not the same. */
  offset: number;
  /** Whose file it is: names of packages. */
  packages: string[];
}

export interface Compared {
  /** Of the image. */
  folder: string;
  manifest: Manifest;
  contents: Contents;
}

/** What is made of what: the cause comes first. */
const ORDER: ArtifactRole[] = ['rootfs', 'kernel', 'initramfs', 'shim', 'netgrub', 'netiso', 'iso', 'usb'];
const PIECE = 1 << 20;

/**
 * The first artifact that differs, where, and which file of which package it is.
 * @param scratch folder that has room for two unpacked roots
 */
export async function firstDifference(
  a: Compared,
  b: Compared,
  scratch: string,
): Promise<Difference | undefined> {
  for (const role of ORDER) {
    const [one, other] = [a, b].map(({ manifest }) => manifest.artifacts.find((row) => row.role === role));
    if (one?.sha256 === other?.sha256) continue;
    if (!one || !other)
      return { artifact: (one ?? other)!.file, offset: 0, what: 'only in one of them', packages: [] };
    return within(role, one.file, a, b, scratch);
  }
  for (const one of a.manifest.evidence) {
    const other = b.manifest.evidence.find(({ kind }) => kind === one.kind);
    if (one.sha256 !== other?.sha256)
      return { artifact: one.file, offset: await firstByte(a, b, one.file), packages: [] };
  }
  return undefined;
}

async function within(
  role: ArtifactRole,
  artifact: string,
  a: Compared,
  b: Compared,
  scratch: string,
): Promise<Difference> {
  const folder = await mkdtemp(join(scratch, 'rackhand-compare-'));
  try {
    const offset = await firstByte(a, b, artifact);
    const [one, other] = [join(a.folder, artifact), join(b.folder, artifact)];
    const found =
      role === 'rootfs'
        ? await rootDifference(one, other, folder)
        : role === 'initramfs'
          ? await initramfsDifference(one, other, folder)
          : role === 'iso' || role === 'netiso'
            ? await fileAt(one, offset)
            : undefined;
    return { artifact, offset, ...found, packages: found ? ownersOf(found.file, a, b) : [] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function ownersOf(file: string, ...images: Compared[]): string[] {
  for (const { contents } of images) {
    const owners = contents.paths.find(({ path }) => path === file)?.owners ?? [];
    if (owners.length > 0) return owners.map((at) => contents.packages[at]!);
  }
  return [];
}

/** Of a file that is no longer in one of them than in the other, its end. */
async function firstByte(a: Compared, b: Compared, file: string): Promise<number> {
  const handles = await Promise.all([a, b].map(({ folder }) => open(join(folder, file))));
  try {
    for (let at = 0; ; at += PIECE) {
      const pieces = await Promise.all(handles.map((handle) => readAt(handle, at)));
      const [one, other] = [pieces[0]!, pieces[1]!];
      if (one.equals(other) && one.length === PIECE) continue;
      const length = Math.min(one.length, other.length);
      for (let byte = 0; byte < length; byte++) if (one[byte] !== other[byte]) return at + byte;
      return at + length;
    }
  } finally {
    for (const handle of handles) await handle.close();
  }
}

async function readAt(handle: Awaited<ReturnType<typeof open>>, at: number): Promise<Buffer> {
  const piece = Buffer.alloc(PIECE);
  let bytes = 0;
  for (;;) {
    const { bytesRead } = await handle.read(piece, bytes, PIECE - bytes, at + bytes);
    bytes += bytesRead;
    if (bytesRead === 0 || bytes === PIECE) return piece.subarray(0, bytes);
  }
}

/** "rootfs.squashfs, byte 1234: usr/bin/x of package y: content". */
export function renderDifference(found: Difference | undefined): string {
  if (!found) return 'every artifact and all evidence is the same, byte for byte';
  const { artifact, offset, file, what, packages } = found;
  const whose = packages.length > 0 ? ` of package ${packages.join(', ')}` : '';
  const inside = file === undefined ? (what ?? '') : `${file}${whose}: ${what}`;
  return `first difference: ${artifact}, byte ${offset}${inside === '' ? '' : `: ${inside}`}`;
}
