import { type FileHandle, open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MANIFEST_SCHEMA, Manifest } from '../contract/manifest.ts';
import { type BuildTimes, openEnvelope, timesOf } from '../contract/provenance.ts';
import { errno, RackhandError } from '../shared/errors.ts';
import { sha256 } from '../shared/ids.ts';
import { parseJson } from '../shared/json.ts';
import { isImageId, MANIFEST, PROVENANCE, SIGNATURE } from './id.ts';
import { newestFirst } from './resolve.ts';
import { readTags } from './tags.ts';

/** An image with what its provenance tells of the build; an image whose provenance is lost is the oldest of all. */
export interface Image {
  manifest: Manifest;
  times: BuildTimes | undefined;
  /** Manifest, signature and provenance, as far as they are there. */
  papers: Paper[];
  /** In the order of their letters. */
  tags: string[];
}

/** A small file that the manifest cannot name: itself, and what is about it. */
export interface Paper {
  file: string;
  /** Bytes. */
  size: number;
  sha256: string;
}

export interface Survey {
  /** Newest first. */
  images: Image[];
  /** One error for each folder whose manifest cannot be read, with its mend. */
  unreadable: RackhandError[];
  /** Tags of images that are not here. */
  astray: { tag: string; id: string }[];
}

/** An image without its tags, or why it has none to show; undefined when it went in the middle of it. */
type Found = Omit<Image, 'tags'> | RackhandError | undefined;

/** How often it is read anew because a tag moved to an image that came, from one that went, in the middle of it. */
const ATTEMPTS = 4;

/** All images as they are at one moment, whoever publishes, tags and removes. */
export async function surveyCatalog(folder: string): Promise<Survey> {
  for (let attempt = 1; ; attempt++) {
    const tags = await readTags(folder);
    const there = await ids(folder);
    const astray = [...tags].filter(([, id]) => !there.includes(id)).map(([tag, id]) => ({ tag, id }));
    if (astray.length > 0 && attempt < ATTEMPTS) continue;
    return { ...(await surveyImages(folder, there, tags)), astray };
  }
}

/** These images, as far as they are still there. */
export async function surveyImages(
  folder: string,
  among: readonly string[],
  tags: ReadonlyMap<string, string> = new Map(),
): Promise<Omit<Survey, 'astray'>> {
  const images: Image[] = [];
  const unreadable: RackhandError[] = [];
  for (const id of among) {
    const found = await readImage(folder, id);
    if (found instanceof RackhandError) unreadable.push(found);
    else if (found) images.push({ ...found, tags: [...tags].flatMap(([tag, of]) => (of === id ? tag : [])) });
  }
  const sorted = nameable(images).sort(newestFirst);
  return { images: sorted.map(({ image }) => image), unreadable };
}

/** @throws RackhandError catalog-unreadable */
export async function ids(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter(isImageId).sort();
  } catch (cause) {
    if (errno(cause) === 'ENOENT') return [];
    const why = errno(cause) === 'ENOTDIR' ? 'it is not a folder' : String(errno(cause));
    const mend = 'name the folder of images: --catalog FOLDER';
    throw new RackhandError('catalog-unreadable', `catalog ${folder} cannot be read: ${why}`, mend, {
      cause,
    });
  }
}

export function nameable(images: readonly Image[]) {
  return images.map((image) => {
    const { id, recipe } = image.manifest;
    return { id, name: recipe.name, builtAt: image.times?.builtAt, tags: image.tags, image };
  });
}

export async function readTimes(folder: string, id: string): Promise<BuildTimes | undefined> {
  return timesIn(await readFile(join(folder, id, PROVENANCE)).catch(() => undefined));
}

/** @throws RackhandError image-unknown | manifest-invalid */
export async function readManifest(folder: string, id: string): Promise<Manifest> {
  if (!isImageId(id)) throw notFound(id);
  const file = join(folder, id, MANIFEST);
  try {
    return parseManifest(await readFile(file), file, id);
  } catch (error) {
    if (errno(error) !== 'ENOENT') throw error;
    throw (await ids(folder)).includes(id) ? invalid(file, id, 'is missing') : notFound(id);
  }
}

/**
 * Everything of one folder: one that is gone at the end, or another by then, is read again. The open folder keeps its
 * inode's number from being given to another.
 */
async function readImage(folder: string, id: string): Promise<Found> {
  const home = join(folder, id);
  for (;;) {
    const opened = await open(home, 'r').catch((error) => {
      if (errno(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (!opened) return undefined;
    try {
      const found = await readPapers(folder, id);
      if (await isStill(opened, home)) return found;
    } finally {
      await opened.close();
    }
  }
}

async function readPapers(folder: string, id: string): Promise<Found> {
  const read = (file: string) => readFile(join(folder, id, file)).catch(() => undefined);
  const files = [MANIFEST, SIGNATURE, PROVENANCE];
  const bytes = await Promise.all(files.map(read));
  const papers = files.flatMap((file, i) => {
    const content = bytes[i];
    return content ? [{ file, size: content.length, sha256: sha256(content) }] : [];
  });
  const [manifest, , provenance] = bytes;
  const file = join(folder, id, MANIFEST);
  try {
    if (!manifest) throw invalid(file, id, 'is missing');
    return { manifest: parseManifest(manifest, file, id), times: timesIn(provenance), papers };
  } catch (error) {
    if (error instanceof RackhandError) return error;
    throw error;
  }
}

async function isStill(opened: FileHandle, home: string): Promise<boolean> {
  const [mine, there] = await Promise.all([opened.stat(), stat(home).catch(() => undefined)]);
  return there !== undefined && there.ino === mine.ino && there.dev === mine.dev;
}

function timesIn(provenance: Buffer | undefined): BuildTimes | undefined {
  const opened = provenance && openEnvelope(provenance.toString('utf8'));
  return opened && timesOf(opened.provenance);
}

function parseManifest(bytes: Buffer, file: string, id: string): Manifest {
  const data = parseJson(bytes.toString('utf8'));
  const parsed = Manifest.safeParse(data);
  if (parsed.success && parsed.data.id === id) return parsed.data;
  const wrong = () => (data === undefined ? 'is no JSON' : (otherSchema(data) ?? firstFault(parsed.error!)));
  const why = parsed.success ? 'names another id' : wrong();
  throw invalid(file, id, why);
}

/** What another version of this program wrote. */
function otherSchema(data: unknown): string | undefined {
  const schema = (data as { schema?: unknown } | null | undefined)?.schema;
  if (typeof schema !== 'number' || schema === MANIFEST_SCHEMA) return undefined;
  return `has schema ${schema}, and this program reads schema ${MANIFEST_SCHEMA}`;
}

function firstFault({ issues }: { issues: { path: PropertyKey[]; message: string }[] }): string {
  const { path, message } = issues[0]!;
  return path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`;
}

function invalid(file: string, id: string, why: string): RackhandError {
  return new RackhandError(
    'manifest-invalid',
    `${file}: ${why}`,
    `remove the image (rackhand images remove ${id}) and build it again`,
  );
}

export function notFound(name: string): RackhandError {
  return new RackhandError(
    'image-unknown',
    `no image ${JSON.stringify(name)} in the catalog`,
    'rackhand images list shows what there is; rackhand build RECIPE makes one',
  );
}
