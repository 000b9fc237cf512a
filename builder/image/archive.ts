import {
  type BigIntStats,
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import { RackhandError } from '../shared/errors.ts';
import { END, type Member, memberHeader, padding } from './member.ts';

/** A root as one stream, with attributes that need not be on its files. */

export interface ArchiveOptions {
  /** Seconds; nothing in it is later. */
  epoch: number;
  /** Extended attributes by path, as text in UTF-8; all that the archive has. */
  attributes: Attributes;
}

export type Attributes = ReadonlyMap<string, ReadonlyMap<string, Buffer>>;

/** Bytes of a file that are read at once, and that a piece of the archive has at least. */
const PIECE = 1 << 20;

/**
 * A tar archive of all below a root, but not of the root itself; each folder before what is in it, names in the order of
 * their bytes. Sockets are left out.
 * @throws RackhandError root-changed when a file has another size than it had a moment before
 */
export async function* archiveOf(root: string, options: ArchiveOptions): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let size = 0;
  for (const part of partsOf(root, options)) {
    parts.push(part);
    size += part.length;
    if (size < PIECE) continue;
    yield Buffer.concat(parts, size);
    [parts, size] = [[], 0];
  }
  yield Buffer.concat(parts, size);
}

/** Read without waiting for another thread at each of 10,000 files: beside dracut that took longer than packing. */
function* partsOf(root: string, options: ArchiveOptions): Generator<Buffer> {
  const names = new Names(options.attributes);
  const paths: { path: string; facts: BigIntStats }[] = [];
  for (const path of pathsBelow(root, '')) {
    const facts = lstatSync(under(root, path), { bigint: true });
    names.add(path, facts);
    paths.push({ path, facts });
  }
  for (const { path, facts } of paths) {
    const { first, attributes } = names.of(path, facts);
    const member = memberOf(root, path, facts, options.epoch);
    if (!member) continue;
    if (first !== path) yield memberHeader({ ...member, type: '1', size: 0, target: first, attributes });
    else {
      yield memberHeader({ ...member, attributes });
      if (member.type === '0') yield* contentOf(under(root, path), path, member.size);
    }
  }
  yield END;
}

/** Hard links: the first name has the content, and what was told of one name is true of all: setfiles tells no other. */
class Names {
  readonly #given: Attributes;
  readonly #linked = new Map<string, string[]>();

  constructor(given: Attributes) {
    this.#given = given;
  }

  add(path: string, facts: BigIntStats): void {
    const names = this.#linked.get(inodeOf(facts));
    if (names) names.push(path);
    else if (facts.nlink > 1n && !facts.isDirectory()) this.#linked.set(inodeOf(facts), [path]);
  }

  of(path: string, facts: BigIntStats): { first: string; attributes: ReadonlyMap<string, Buffer> } {
    const names = this.#linked.get(inodeOf(facts)) ?? [path];
    const attributes = new Map<string, Buffer>();
    // The last one written stays: that of the first name.
    for (const name of names.toReversed())
      for (const [key, value] of this.#given.get(Buffer.from(name, 'latin1').toString('utf8')) ?? [])
        attributes.set(key, value);
    return { first: names[0]!, attributes };
  }
}

function inodeOf({ dev, ino }: BigIntStats): string {
  return `${dev} ${ino}`;
}

function* pathsBelow(root: string, folder: string): Generator<string> {
  const found = readdirSync(under(root, folder), { withFileTypes: true, encoding: 'latin1' });
  for (const entry of found.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    yield path;
    if (entry.isDirectory()) yield* pathsBelow(root, path);
  }
}

/** Of a path whose characters are bytes. */
function under(root: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path, 'latin1')]);
}

function memberOf(
  root: string,
  path: string,
  facts: BigIntStats,
  epoch: number,
): Omit<Member, 'attributes'> | undefined {
  const type = typeOf(facts);
  if (type === undefined) return undefined;
  return {
    ...{ path, type },
    mode: Number(facts.mode & 0o7777n),
    ...{ uid: Number(facts.uid), gid: Number(facts.gid) },
    size: type === '0' ? Number(facts.size) : 0,
    mtime: Math.min(Math.max(Number(facts.mtimeMs / 1000n), 0), epoch),
    ...(type === '2' ? { target: readlinkSync(under(root, path), 'latin1') } : {}),
    ...(type === '3' || type === '4' ? { device: deviceOf(facts.rdev) } : {}),
  };
}

function typeOf(facts: BigIntStats): Member['type'] | undefined {
  if (facts.isFile()) return '0';
  if (facts.isSymbolicLink()) return '2';
  if (facts.isCharacterDevice()) return '3';
  if (facts.isBlockDevice()) return '4';
  if (facts.isDirectory()) return '5';
  if (facts.isFIFO()) return '6';
  return undefined;
}

/** Linux's numbers in 64 bits (makedev(3)). */
function deviceOf(rdev: bigint): NonNullable<Member['device']> {
  return {
    major: Number(((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn)),
    minor: Number((rdev & 0xffn) | ((rdev >> 12n) & ~0xffn)),
  };
}

function* contentOf(place: Buffer, path: string, size: number): Generator<Buffer> {
  const file = openSync(place, 'r');
  try {
    let left = size;
    while (left > 0) {
      const piece = Buffer.allocUnsafe(Math.min(left, PIECE));
      const read = readSync(file, piece);
      if (read === 0) break;
      left -= read;
      yield piece.subarray(0, read);
    }
    const more = left === 0 ? readSync(file, Buffer.alloc(1)) : left;
    if (more > 0) {
      const what = `${path} changed while the root was packed`;
      throw new RackhandError(
        'root-changed',
        what,
        'a fault of the builder: run the build again, and tell of it',
      );
    }
  } finally {
    closeSync(file);
  }
  yield padding(size);
}
