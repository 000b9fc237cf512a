import { MANIFEST, PROVENANCE } from '../catalog/id.ts';
import type { Manifest } from '../contract/manifest.ts';
import { openEnvelope, type Provenance } from '../contract/provenance.ts';
import { isSealedBy } from '../evidence/envelope.ts';
import { keyId, type PublicKey } from '../evidence/signature.ts';
import { sha256 } from '../shared/ids.ts';
import { type ImageSource, readUpTo } from './source.ts';
import type { Verification } from './verify.ts';

const BYTES = 64 << 20;

/**
 * Whether the provenance is about this image, and by whom the manifest is.
 * @param by who signed the manifest; undefined for an image that may be unsigned
 */
export async function checkProvenance(
  source: ImageSource,
  manifest: Manifest,
  text: Buffer,
  by: PublicKey | undefined,
  report: Verification,
): Promise<void> {
  const fault = (code: string, what: string, mend: string) => void report.faults.push({ code, what, mend });
  const again = 'build the image again with --force';
  const bytes = await readUpTo(source, PROVENANCE, BYTES);
  if (!bytes) return fault('provenance-missing', `${PROVENANCE} is missing`, again);
  const opened = openEnvelope(bytes.toString('utf8'));
  if (!opened) return fault('provenance-invalid', `${PROVENANCE} is no statement of this program`, again);
  const { envelope, provenance } = opened;
  if (by && !isSealedBy(envelope, by)) {
    const what = `${PROVENANCE} is not what key ${keyId(by)} signed: it was changed, or somebody else signed it`;
    return fault('provenance-wrong', what, again);
  }
  const other = [...differing(provenance, manifest, text), ...claims(provenance, manifest)];
  if (other.length > 0) {
    const what = `${PROVENANCE} is about another image: ${other.join(', ')}`;
    fault('provenance-other', what, again);
  }
  await checkRecord(source, provenance, report);
}

/** Names that the statement lacks, has besides, or gives another digest. */
function differing({ subject }: Provenance, { artifacts, evidence }: Manifest, text: Buffer): string[] {
  const own = { file: MANIFEST, sha256: sha256(text) };
  const want = new Map([...artifacts, ...evidence, own].map(({ file, sha256 }) => [file, sha256]));
  const have = new Map(subject.map(({ name, digest }) => [name, digest.sha256]));
  const names = [...new Set([...want.keys(), ...have.keys()])];
  return names.filter((name) => want.get(name) !== have.get(name));
}

/** What both tell of the build. */
function claims({ predicate }: Provenance, manifest: Manifest): string[] {
  const { buildDefinition, runDetails } = predicate;
  const { recipe } = buildDefinition.externalParameters as { recipe?: Partial<Manifest['recipe']> };
  const built = new Set(buildDefinition.resolvedDependencies.flatMap(({ uri }) => packageAt(uri) ?? []));
  const listed = manifest.packages.map(
    ({ name, epoch, version, release, arch }) => `${name}-${epoch}:${version}-${release}.${arch}`,
  );
  const same = listed.length === built.size && listed.every((one) => built.has(one));
  return [
    ...(recipe?.name === manifest.recipe.name && recipe.sha256 === manifest.recipe.sha256 ? [] : ['recipe']),
    ...(runDetails.builder.version.rackhand === manifest.builderVersion ? [] : ['version of the builder']),
    ...(same ? [] : ['packages']),
  ];
}

/** "bash-0:5.1.8-9.el9.x86_64" of a package URL of type rpm. */
function packageAt(uri = ''): string | undefined {
  const [, name, version, query] = /^pkg:rpm\/([^@/]+)@([^?]+)\?(.+)$/.exec(uri) ?? [];
  if (name === undefined || version === undefined) return undefined;
  const qualifiers = new URLSearchParams(query);
  const [epoch, arch] = [qualifiers.get('epoch') ?? '0', qualifiers.get('arch') ?? ''];
  return `${decodeURIComponent(name)}-${epoch}:${decodeURIComponent(version)}.${arch}`;
}

/** The lock of the build lies beside the image; the service does not serve it. */
async function checkRecord(source: ImageSource, provenance: Provenance, report: Verification): Promise<void> {
  const records = provenance.predicate.runDetails.byproducts.filter(({ digest }) => digest?.sha256);
  for (const { name, digest } of records) {
    if (!name || !/^build-[0-9a-f]{16}\.json$/.test(name)) continue;
    const bytes = await readUpTo(source, name, BYTES);
    if (!bytes) report.notes.push(`${name}, the lock of the build, is not there to be compared`);
    else if (sha256(bytes) !== digest!.sha256)
      report.faults.push({
        ...{ code: 'lock-differs', what: `${name}, the lock of the build, has other content` },
        mend: 'do not build from this image’s lock; build the image again with --force',
      });
  }
}
