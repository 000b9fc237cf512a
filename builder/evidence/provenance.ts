import type { Artifact, Manifest } from '../contract/manifest.ts';
import {
  PREDICATE_TYPE,
  type Provenance,
  type Resource,
  STAGES,
  STATEMENT_TYPE,
  type StageRecord,
} from '../contract/provenance.ts';
import type { LoadedRecipe } from '../recipe/load.ts';
import { recipeYaml } from '../recipe/show.ts';
import { isChecked } from '../root/arguments.ts';
import type { Lock } from '../root/lock.ts';
import type { LockedPackage } from '../root/parse.ts';
import { publicRepositories, publicVariables } from './secrets.ts';

/** The statement of how an image came to be: pure. */

/** What an image of this builder is called as a build; the fields below are what it takes. */
const BUILD_TYPE = 'urn:rackhand:image-build:1';
const BUILDER = 'urn:rackhand:builder';

export interface BuildFacts {
  manifest: Manifest;
  /** SHA-256 of the manifest's bytes. */
  manifestSha256: string;
  loaded: LoadedRecipe;
  lock: Lock;
  /** Name → SHA-256: the builder's own code, the overlay and what else decides. */
  materials: Record<string, string>;
  /** File that holds lock and key of the build, beside the manifest. */
  record: { file: string; sha256: string };
  stages: readonly StageRecord[];
  invocation: string;
  /** ISO times. */
  started: string;
  finished: string;
}

export function makeProvenance(facts: BuildFacts): Provenance {
  const { manifest, loaded, lock, record, stages, invocation, started, finished } = facts;
  return {
    _type: STATEMENT_TYPE,
    subject: subjectsOf(facts),
    predicateType: PREDICATE_TYPE,
    predicate: {
      buildDefinition: {
        buildType: BUILD_TYPE,
        externalParameters: parametersOf(facts),
        resolvedDependencies: [
          ...Object.entries(facts.materials).map(([name, sha256]) => ({ name, digest: { sha256 } })),
          ...(lock.source ? [rootOf(lock.source)] : []),
          ...repositoriesOf(loaded),
          ...Object.entries(lock.keys).map(([id, sha256]) => ({ name: `key of ${id}`, digest: { sha256 } })),
          ...lock.packages.map(packageOf),
        ],
      },
      runDetails: {
        builder: { id: BUILDER, version: { rackhand: manifest.builderVersion } },
        metadata: { invocationId: invocation, startedOn: started, finishedOn: finished },
        byproducts: [
          { name: record.file, digest: { sha256: record.sha256 } },
          {
            ...{ name: STAGES, mediaType: 'application/json' },
            content: Buffer.from(JSON.stringify(stages)).toString('base64'),
          },
        ],
      },
    },
  };
}

function subjectsOf({ manifest, manifestSha256 }: BuildFacts): Provenance['subject'] {
  const subject = ({ file, sha256 }: Pick<Artifact, 'file' | 'sha256'>) => ({
    name: file,
    digest: { sha256 },
  });
  const own = { file: 'manifest.json', sha256: manifestSha256 };
  return [...manifest.artifacts, ...manifest.evidence, own].map(subject);
}

/** What a person asked for: enough to ask for it again. */
function parametersOf({ loaded }: BuildFacts): Record<string, string | Record<string, string>> {
  const { recipe, variables, sha256 } = loaded;
  const repositories = publicRepositories(recipe.repositories, variables);
  return {
    recipe: {
      name: recipe.name,
      sha256,
      text: recipeYaml({ ...loaded, recipe: { ...recipe, repositories } }),
    },
    variables: publicVariables(recipe.repositories, variables),
  };
}

function repositoriesOf({ recipe, variables }: LoadedRecipe): Resource[] {
  return publicRepositories(recipe.repositories, variables).map((one) => ({
    name: `repository ${one.id}`,
    uri: (one.baseurl ?? one.metalink ?? one.mirrorlist)!,
    annotations: { signatures: isChecked(one) ? 'checked' : 'unchecked' },
  }));
}

function packageOf({ name, epoch, version, release, arch, repository, checksum }: LockedPackage): Resource {
  const epochOf = epoch === 0 ? '' : `&epoch=${epoch}`;
  // Package URL, type rpm (github.com/package-url/purl-spec); every part is of an alphabet that it takes as it is.
  const uri = `pkg:rpm/${encodeURIComponent(name)}@${encodeURIComponent(`${version}-${release}`)}?arch=${arch}${epochOf}`;
  return { uri, ...digestOf(checksum), annotations: { repository } };
}

function rootOf({ kind, digest }: NonNullable<Lock['source']>): Resource {
  const known = digestOf(digest);
  return { name: `root (${kind})`, ...(known.digest ? known : { uri: `urn:rackhand:root:${digest}` }) };
}

/** "sha256:…" as a digest set; a folder's listing and a package of an unknown file have none. */
function digestOf(checksum: string): Pick<Resource, 'digest'> {
  const [, kind, hex] = /^(sha1|sha256|sha384|sha512|md5):([0-9a-f]+)$/.exec(checksum) ?? [];
  return kind === undefined || hex === undefined ? {} : { digest: { [kind]: hex } };
}
