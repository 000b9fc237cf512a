import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Artifact, ArtifactRole, Manifest } from '../contract/manifest.ts';
import type { BuildTimes } from '../contract/provenance.ts';
import { errno, RackhandError } from '../shared/errors.ts';
import { sha256File } from '../shared/ids.ts';
import { isPresent } from '../shared/present.ts';
import { changeCatalog } from './change.ts';
import { buildFile, imageId, isImageId, SIGNATURE } from './id.ts';
import { refuseInUse } from './in-use.ts';
import { imagesNamed } from './resolve.ts';
import {
  type Image,
  ids,
  nameable,
  notFound,
  readManifest,
  readTimes,
  type Survey,
  surveyCatalog,
  surveyImages,
} from './survey.ts';
import { deleteTag, readTags, writeTag } from './tags.ts';

export type { Image, Paper, Survey } from './survey.ts';

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
  /** The same, once its content was compared with the manifest. @throws RackhandError artifact-missing | image-damaged */
  whole(manifest: Manifest, role: ArtifactRole): Promise<string>;
  /** Whether somebody signed its manifest; who, and whether rightly, images verify tells. */
  isSigned(id: string): Promise<boolean>;
  /** By full id, tag, recipe name (the newest build), or at least four digits of an id that fit one. */
  resolve(nameOrId: string): Promise<Manifest>;
  /** The id of what resolve() would give; a full id also of an image that is damaged. */
  find(nameOrId: string): Promise<string>;
  verify(id: string): Promise<Verdict>;
  /**
   * @param evenIfUsed also one that a tag or a host uses; its tags go with it
   * @throws RackhandError image-unknown | image-in-use | uses-unreadable
   */
  remove(id: string, evenIfUsed?: boolean): Promise<void>;
  /**
   * Gives a tag to an image, and takes it from the one that had it. What is no tag, refuseTag says.
   * @returns the id of the image before @throws RackhandError image-unknown
   */
  tag(id: string, tag: string): Promise<string | undefined>;
  /** @throws RackhandError tag-unknown */
  untag(tag: string): Promise<void>;
  /** The image made from these inputs, if it is here. */
  findBuild(buildKey: string): Promise<Manifest | undefined>;
}

/** Images on disk: one folder for each id. Folders that begin with a dot are being made or removed. */
export function openCatalog(folder: string): Catalog {
  return {
    folder,
    list: async () => (await surveyCatalog(folder)).images,
    survey: () => surveyCatalog(folder),
    read: (id) => readManifest(folder, id),
    times: (id) => readTimes(folder, id),
    isSigned: (id) => isPresent(join(folder, id, SIGNATURE)),
    artifact: (manifest, role) => join(folder, manifest.id, artifactOf(manifest, role).file),
    whole: (manifest, role) => whole(folder, manifest, role),
    resolve: (nameOrId) => resolve(folder, nameOrId),
    find: (nameOrId) => find(folder, nameOrId),
    verify: (id) => verify(folder, id),
    remove: (id, evenIfUsed = false) =>
      changeCatalog(folder, async () => {
        if (!evenIfUsed) await refuseInUse(folder, id);
        await removeImage(folder, id);
      }),
    tag: (id, tag) => changeCatalog(folder, () => moveTag(folder, id, tag)),
    untag: (tag) => changeCatalog(folder, () => removeTag(folder, tag)),
    findBuild: (buildKey) => findBuild(folder, buildKey),
  };
}

async function resolve(folder: string, nameOrId: string): Promise<Manifest> {
  if (await isThere(folder, nameOrId)) return readManifest(folder, nameOrId);
  return choose((await surveyCatalog(folder)).images, nameOrId);
}

async function find(folder: string, nameOrId: string): Promise<string> {
  if (await isThere(folder, nameOrId)) return nameOrId;
  return choose((await surveyCatalog(folder)).images, nameOrId).id;
}

async function isThere(folder: string, id: string): Promise<boolean> {
  return isImageId(id) && (await ids(folder)).includes(id);
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

async function verify(folder: string, id: string): Promise<Verdict> {
  const { artifacts, evidence } = await readManifest(folder, id);
  // All at once: while one is hashed the others are read.
  const found = await Promise.all([...artifacts, ...evidence].map((file) => faultOf(join(folder, id), file)));
  const faults = found.filter((fault) => fault !== undefined);
  if (imageId(artifacts) !== id) faults.push('the id is not that of the artifacts');
  return { ok: faults.length === 0, faults };
}

function artifactOf({ artifacts, id }: Manifest, role: ArtifactRole): Artifact {
  const found = artifacts.find((artifact) => artifact.role === role);
  if (found) return found;
  throw new RackhandError('artifact-missing', `image ${id} has no ${role}`, 'build the image again');
}

async function whole(folder: string, manifest: Manifest, role: ArtifactRole): Promise<string> {
  const artifact = artifactOf(manifest, role);
  const fault = await faultOf(join(folder, manifest.id), artifact);
  if (fault === undefined) return join(folder, manifest.id, artifact.file);
  const what = `image ${manifest.id} is not what its manifest says: ${fault}`;
  const mend = `rackhand images verify ${manifest.id} tells all; build the image again with --force`;
  throw new RackhandError('image-damaged', what, mend);
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

/**
 * Out of sight first, by one rename; then the bytes. Tags go before it, so that none names what is not there.
 * Only within changeCatalog.
 */
export async function removeImage(folder: string, id: string): Promise<void> {
  if (!(await ids(folder)).includes(id)) throw notFound(id);
  const aside = join(folder, `.removed-${id}`);
  await rm(aside, { recursive: true, force: true });
  for (const [tag, of] of await readTags(folder)) if (of === id) await deleteTag(folder, tag);
  try {
    await rename(join(folder, id), aside);
  } catch (error) {
    if (errno(error) === 'ENOENT') throw notFound(id);
    throw error;
  }
  await rm(aside, { recursive: true, force: true });
}

async function moveTag(folder: string, id: string, tag: string): Promise<string | undefined> {
  await readManifest(folder, id);
  const before = (await readTags(folder)).get(tag);
  if (before !== id) await writeTag(folder, tag, id);
  return before;
}

async function removeTag(folder: string, tag: string): Promise<void> {
  if (await deleteTag(folder, tag)) return;
  const mend = 'rackhand images list shows the tags there are';
  throw new RackhandError('tag-unknown', `there is no tag ${JSON.stringify(tag)}`, mend);
}

/** Reads only the manifests that can be meant: there may be many images. */
async function findBuild(folder: string, buildKey: string): Promise<Manifest | undefined> {
  const among: string[] = [];
  for (const id of await ids(folder))
    if (await stat(join(folder, id, buildFile(buildKey))).catch(() => undefined)) among.push(id);
  return (await surveyImages(folder, among)).images[0]?.manifest;
}
