import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Artifact, type ArtifactRole, MANIFEST_SCHEMA, Manifest } from '../contract/manifest.ts';
import { type BuildTimes, openEnvelope, timesOf } from '../contract/provenance.ts';
import { errno, RackhandError } from '../shared/errors.ts';
import { sha256, sha256File } from '../shared/ids.ts';
import { buildFile, imageId, MANIFEST, PROVENANCE, SIGNATURE } from './id.ts';
import { imagesNamed, newestFirst } from './resolve.ts';

/** An image with what its provenance tells of the build; an image whose provenance is lost is the oldest of all. */
export interface Image {
  manifest: Manifest;
  times: BuildTimes | undefined;
  /** Manifest, signature and provenance, as far as they are there. */
  papers: Paper[];
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
}

export interface Verdict {
  ok: boolean;
  /** One sentence for each file that is not what the manifest says. */
  faults: string[];
}

export interface Catalog {
  readonly folder: string;
  /** Newest first. An image whose manifest cannot be read is left out: survey tells why. */
  list(): Promise<Image[]>;
  survey(): Promise<Survey>;
  read(id: string): Promise<Manifest>;
  /** When and how fast it was built; undefined when its provenance is lost. */
  times(id: string): Promise<BuildTimes | undefined>;
  /** Absolute or relative path as the folder was given. @throws RackhandError artifact-missing */
  artifact(manifest: Manifest, role: ArtifactRole): string;
  /** Whether somebody signed its manifest; who, and whether rightly, images verify tells. */
  isSigned(id: string): Promise<boolean>;
  /** By full id, recipe name (the newest build), or at least four digits of an id that fit one. */
  resolve(nameOrId: string): Promise<Manifest>;
  /** The id of what resolve() would give; a full id also of an image that is damaged. */
  find(nameOrId: string): Promise<string>;
  verify(id: string): Promise<Verdict>;
  remove(id: string): Promise<void>;
  /** The image made from these inputs, if it is here. */
  findBuild(buildKey: string): Promise<Manifest | undefined>;
}

const ID = /^[0-9a-f]{16}$/;

/** Images on disk: one folder for each id. Folders that begin with a dot are being made or removed. */
export function openCatalog(folder: string): Catalog {
  return {
    folder,
    list: async () => (await survey(folder)).images,
    survey: () => survey(folder),
    read: (id) => read(folder, id),
    times: (id) => readTimes(folder, id),
    isSigned: (id) => isSigned(folder, id),
    artifact: (manifest, role) => {
      const found = manifest.artifacts.find((artifact) => artifact.role === role);
      if (found) return join(folder, manifest.id, found.file);
      throw new RackhandError(
        'artifact-missing',
        `image ${manifest.id} has no ${role}`,
        'build the image again',
      );
    },
    resolve: async (nameOrId) => read(folder, await find(folder, nameOrId)),
    find: (nameOrId) => find(folder, nameOrId),
    verify: (id) => verify(folder, id),
    remove: (id) => remove(folder, id),
    findBuild: (buildKey) => findBuild(folder, buildKey),
  };
}

/** @throws RackhandError catalog-unreadable */
async function ids(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => ID.test(name)).sort();
  } catch (cause) {
    if (errno(cause) === 'ENOENT') return [];
    const why = errno(cause) === 'ENOTDIR' ? 'it is not a folder' : String(errno(cause));
    const mend = 'name the folder of images: --catalog FOLDER';
    throw new RackhandError('catalog-unreadable', `catalog ${folder} cannot be read: ${why}`, mend, {
      cause,
    });
  }
}

async function survey(folder: string, among?: readonly string[]): Promise<Survey> {
  const images: Image[] = [];
  const unreadable: RackhandError[] = [];
  for (const id of among ?? (await ids(folder))) {
    try {
      const manifest = await read(folder, id);
      images.push({ manifest, times: await readTimes(folder, id), papers: await papersOf(folder, id) });
    } catch (error) {
      if (!(error instanceof RackhandError)) throw error;
      unreadable.push(error);
    }
  }
  const sorted = nameable(images).sort(newestFirst);
  return { images: sorted.map(({ image }) => image), unreadable };
}

async function readTimes(folder: string, id: string): Promise<BuildTimes | undefined> {
  const text = await readFile(join(folder, id, PROVENANCE), 'utf8').catch(() => '');
  const opened = openEnvelope(text);
  return opened && timesOf(opened.provenance);
}

async function read(folder: string, id: string): Promise<Manifest> {
  if (!ID.test(id)) throw notFound(id);
  const file = join(folder, id, MANIFEST);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (errno(error) !== 'ENOENT') throw error;
    throw (await ids(folder)).includes(id) ? invalid(file, id, 'is missing') : notFound(id);
  }
  const data = parseJson(text);
  const parsed = Manifest.safeParse(data);
  if (parsed.success && parsed.data.id === id) return parsed.data;
  throw invalid(
    file,
    id,
    parsed.success ? 'names another id' : (otherSchema(data) ?? firstFault(parsed.error)),
  );
}

async function papersOf(folder: string, id: string): Promise<Paper[]> {
  const read = (file: string) => readFile(join(folder, id, file)).catch(() => undefined);
  const papers = [MANIFEST, SIGNATURE, PROVENANCE].map(async (file) => {
    const bytes = await read(file);
    return bytes ? [{ file, size: bytes.length, sha256: sha256(bytes) }] : [];
  });
  return (await Promise.all(papers)).flat();
}

function isSigned(folder: string, id: string): Promise<boolean> {
  return stat(join(folder, id, SIGNATURE)).then(
    () => true,
    () => false,
  );
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

async function find(folder: string, nameOrId: string): Promise<string> {
  if (ID.test(nameOrId) && (await ids(folder)).includes(nameOrId)) return nameOrId;
  return choose((await survey(folder)).images, nameOrId).id;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The one image that the name means. @throws RackhandError image-unknown | image-ambiguous */
export function choose(images: readonly Image[], nameOrId: string): Manifest {
  const meant = imagesNamed(nameable(images), nameOrId);
  if (meant.length === 1) return meant[0]!.image.manifest;
  if (meant.length === 0) throw notFound(nameOrId);
  throw new RackhandError(
    'image-ambiguous',
    `${nameOrId} means ${meant.map(({ id }) => id).join(' and ')}`,
    'give more digits of the id',
  );
}

function nameable(images: readonly Image[]) {
  return images.map((image) => {
    const { id, recipe } = image.manifest;
    return { id, name: recipe.name, builtAt: image.times?.builtAt, image };
  });
}

async function verify(folder: string, id: string): Promise<Verdict> {
  const { artifacts, evidence } = await read(folder, id);
  // All at once: while one is hashed the others are read.
  const found = await Promise.all([...artifacts, ...evidence].map((file) => faultOf(join(folder, id), file)));
  const faults = found.filter((fault) => fault !== undefined);
  if (imageId(artifacts) !== id) faults.push('the id is not that of the artifacts');
  return { ok: faults.length === 0, faults };
}

async function faultOf(
  folder: string,
  { file, size, sha256 }: Omit<Artifact, 'role'>,
): Promise<string | undefined> {
  const path = join(folder, file);
  const there = await stat(path).catch(() => undefined);
  if (there === undefined) return `${file} is missing`;
  if (there.size !== size) return `${file} has ${there.size} bytes, not ${size}`;
  return (await sha256File(path)) === sha256 ? undefined : `${file} has other content`;
}

/** Out of sight first, by one rename; then the bytes. */
async function remove(folder: string, id: string): Promise<void> {
  if (!ID.test(id)) throw notFound(id);
  const aside = join(folder, `.removed-${id}`);
  await rm(aside, { recursive: true, force: true });
  try {
    await rename(join(folder, id), aside);
  } catch (error) {
    if (errno(error) === 'ENOENT') throw notFound(id);
    throw error;
  }
  await rm(aside, { recursive: true, force: true });
}

/** Reads only the manifests that can be meant: there may be many images. */
async function findBuild(folder: string, buildKey: string): Promise<Manifest | undefined> {
  const among: string[] = [];
  for (const id of await ids(folder))
    if (await stat(join(folder, id, buildFile(buildKey))).catch(() => undefined)) among.push(id);
  return (await survey(folder, among)).images[0]?.manifest;
}

function invalid(file: string, id: string, why: string): RackhandError {
  return new RackhandError(
    'manifest-invalid',
    `${file}: ${why}`,
    `remove the image (rackhand images remove ${id}) and build it again`,
  );
}

function notFound(name: string): RackhandError {
  return new RackhandError(
    'image-unknown',
    `no image ${JSON.stringify(name)} in the catalog`,
    'rackhand images list shows what there is; rackhand build RECIPE makes one',
  );
}
