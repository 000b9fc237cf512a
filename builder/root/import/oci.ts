import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { RackhandError } from '../../shared/errors.ts';
import { sha256, sha256File } from '../../shared/ids.ts';

/** An OCI image layout: a folder with index.json and blobs (image-layout.md of the specification). */

/** GOARCH's name of what Node calls x64 or arm64; a root for another is not taken over here (native.ts). */
const OWN = process.arch === 'x64' ? 'amd64' : process.arch;

const Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'expected a digest of SHA-256');
const Descriptor = z.object({
  mediaType: z.string(),
  digest: Digest,
  size: z.int().nonnegative(),
  platform: z.object({ architecture: z.string(), os: z.string() }).optional(),
});
const Index = z.object({ manifests: z.array(Descriptor) });
const Image = z.object({ layers: z.array(Descriptor).min(1) });

const LAYER =
  /^application\/vnd\.(oci\.image\.layer\.v1\.tar|docker\.image\.rootfs\.diff\.tar)([.+](gzip|zstd))?$/;
const LIST = /^application\/vnd\.(oci\.image\.index\.v1|docker\.distribution\.manifest\.list\.v2)\+json$/;

export interface OciImage {
  /** Digest of the image's manifest: that of all its content. */
  digest: string;
  /** Files of the layers, the lowest first. */
  layers: string[];
}

/**
 * The image for this architecture. Layers are compared with their digests.
 * @throws RackhandError root-unreadable
 */
export async function readOciLayout(folder: string): Promise<OciImage> {
  const digest = await findManifest(folder, await readJson(join(folder, 'index.json'), Index));
  const { layers } = await readBlob(folder, digest, Image);
  const foreign = layers.find(({ mediaType }) => !LAYER.test(mediaType));
  if (foreign) throw unreadable(`${folder}: has a layer of kind ${foreign.mediaType}`);
  for (const layer of layers) {
    const file = blobFile(folder, layer.digest);
    const size = await stat(file).then(
      (found) => found.size,
      () => undefined,
    );
    if (size === undefined) throw unreadable(`${folder}: has no blob ${layer.digest}`);
    if (size !== layer.size || `sha256:${await sha256File(file)}` !== layer.digest)
      throw unreadable(`${folder}: blob ${layer.digest} has other content than its name says`);
  }
  return { digest, layers: layers.map((layer) => blobFile(folder, layer.digest)) };
}

/** One image for this machine's architecture, through lists of images by platform. */
async function findManifest(folder: string, index: z.infer<typeof Index>): Promise<string> {
  const fit = index.manifests.filter(
    ({ platform }) => platform === undefined || (platform.os === 'linux' && platform.architecture === OWN),
  );
  const [one, another] = fit;
  if (one === undefined) throw unreadable(`${folder}: has no image for linux/${OWN}`);
  if (another !== undefined) throw unreadable(`${folder}: has ${fit.length} images; name a layout with one`);
  if (!LIST.test(one.mediaType)) return one.digest;
  return findManifest(folder, await readBlob(folder, one.digest, Index));
}

async function readBlob<S extends z.ZodType>(
  folder: string,
  digest: string,
  schema: S,
): Promise<z.output<S>> {
  const file = blobFile(folder, digest);
  const bytes = await readFile(file).catch(() => undefined);
  if (bytes === undefined) throw unreadable(`${folder}: has no blob ${digest}`);
  if (`sha256:${sha256(bytes)}` !== digest)
    throw unreadable(`${folder}: blob ${digest} has other content than its name says`);
  return parse(bytes.toString('utf8'), file, schema);
}

async function readJson<S extends z.ZodType>(file: string, schema: S): Promise<z.output<S>> {
  return parse(await readFile(file, 'utf8'), file, schema);
}

function parse<S extends z.ZodType>(text: string, file: string, schema: S): z.output<S> {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw unreadable(`${file} is no JSON`);
  }
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw unreadable(`${file}: ${issue!.path.join('.') || 'it'}: ${issue!.message}`);
}

function blobFile(folder: string, digest: string): string {
  return join(folder, 'blobs', ...digest.split(':'));
}

export function unreadable(what: string, cause?: unknown): RackhandError {
  return new RackhandError(
    'root-unreadable',
    what,
    `give --from-root a folder, a tar archive, or an OCI image layout with one image for linux/${OWN}`,
    { cause },
  );
}
