import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { z } from 'zod';

/** CycloneDX's own JSON schemas, as its npm package ships them (Apache-2.0). */
const FOLDER = join(import.meta.dirname, '../../../node_modules/@cyclonedx/cyclonedx-library/res/schema');
const read = (name: string) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8'));
const cyclonedx = compile();

function compile() {
  const ajv = new Ajv({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addFormat('iri-reference', (text: string) => URL.canParse(text, 'http://base.example/'));
  ajv.addFormat('idn-email', /^[^@\s]+@[^@\s]+$/);
  for (const name of ['spdx.SNAPSHOT.schema.json', 'jsf-0.82.SNAPSHOT.schema.json'])
    ajv.addSchema({ ...read(name), $id: `http://cyclonedx.org/schema/${name}` });
  return ajv.compile(read('bom-1.6.SNAPSHOT.schema.json'));
}

/** What a document has that CycloneDX 1.6 does not allow. */
export function cyclonedxFaults(document: unknown): string[] {
  return cyclonedx(document) ? [] : cyclonedx.errors!.map((e) => `${e.instancePath} ${e.message}`);
}

/** What a document has that SPDX 2.3 does not allow. */
export function spdxFaults(document: unknown): string[] {
  const { error } = Spdx.safeParse(document);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('/')} ${message}`);
}

/**
 * SPDX 2.3 for documents about packages, written after chapters 6 to 12 and annex F of the specification (no package of
 * a registry brings its JSON schema): every field that a JSON document has for them, with the values that the chapters
 * allow, and no other. Compared with the published schema (2.3): it has no field and no value that is not there, and
 * wants all that is wanted there; it is stricter, for that one takes any text for agents and addresses.
 */
const text = z.string().min(1);
const Id = z.string().regex(/^SPDXRef-[A-Za-z0-9.-]+$/);
const Time = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
const Agent = z.string().regex(/^(Person|Organization|Tool): \S.*$/);
const Uri = z.string().refine((value) => URL.canParse(value) && !/\s/.test(value), 'is no URI');
const orNoAssertion = <T extends z.ZodType>(type: T) => z.union([type, z.enum(['NONE', 'NOASSERTION'])]);
const algorithms = [
  ...['SHA1', 'SHA224', 'SHA256', 'SHA384', 'SHA512', 'SHA3-256', 'SHA3-384', 'SHA3-512'],
  ...['BLAKE2b-256', 'BLAKE2b-384', 'BLAKE2b-512', 'BLAKE3', 'MD2', 'MD4', 'MD5', 'MD6', 'ADLER32'],
] as const;
const relationships = [
  ...['DESCRIBES', 'DESCRIBED_BY', 'CONTAINS', 'CONTAINED_BY', 'DEPENDS_ON', 'DEPENDENCY_OF', 'GENERATES'],
  ...['GENERATED_FROM', 'ANCESTOR_OF', 'DESCENDANT_OF', 'VARIANT_OF', 'PACKAGE_OF', 'OTHER'],
] as const;
const purposes = [
  ...['APPLICATION', 'FRAMEWORK', 'LIBRARY', 'CONTAINER', 'OPERATING_SYSTEM', 'DEVICE', 'FIRMWARE'],
  ...['SOURCE', 'ARCHIVE', 'FILE', 'INSTALL', 'OTHER'],
] as const;

const Annotation = z.strictObject({
  ...{ annotationDate: Time, annotationType: z.enum(['OTHER', 'REVIEW']), annotator: Agent, comment: text },
});
const Package = z.strictObject({
  ...{ SPDXID: Id, name: text, downloadLocation: orNoAssertion(Uri) },
  ...{ versionInfo: text.optional(), packageFileName: text.optional(), summary: text.optional() },
  ...{ supplier: orNoAssertion(Agent).optional(), originator: orNoAssertion(Agent).optional() },
  ...{ homepage: orNoAssertion(Uri).optional(), sourceInfo: text.optional(), comment: text.optional() },
  ...{ description: text.optional(), copyrightText: text.optional(), licenseComments: text.optional() },
  ...{ licenseConcluded: text.optional(), licenseDeclared: text.optional() },
  ...{ builtDate: Time.optional(), releaseDate: Time.optional(), validUntilDate: Time.optional() },
  // True, or left out, needs a verification code over files, which these documents do not list.
  filesAnalyzed: z.literal(false),
  checksums: z
    .array(
      z.strictObject({ algorithm: z.enum(algorithms), checksumValue: z.string().regex(/^[0-9a-f]{32,}$/) }),
    )
    .optional(),
  externalRefs: z
    .array(
      z.strictObject({
        referenceCategory: z.enum(['SECURITY', 'PACKAGE-MANAGER', 'PERSISTENT-ID', 'OTHER']),
        ...{ referenceType: text, referenceLocator: z.string().regex(/^\S+$/), comment: text.optional() },
      }),
    )
    .optional(),
  annotations: z.array(Annotation).optional(),
  attributionTexts: z.array(text).optional(),
  primaryPackagePurpose: z.enum(purposes).optional(),
});
const Spdx = z.strictObject({
  ...{ spdxVersion: z.literal('SPDX-2.3'), dataLicense: z.literal('CC0-1.0'), name: text },
  ...{
    SPDXID: z.literal('SPDXRef-DOCUMENT'),
    documentNamespace: Uri.regex(/^[^#]+$/),
    comment: text.optional(),
  },
  creationInfo: z.strictObject({
    ...{ created: Time, creators: z.array(Agent).min(1), comment: text.optional() },
    licenseListVersion: z
      .string()
      .regex(/^\d+\.\d+$/)
      .optional(),
  }),
  packages: z.array(Package).optional(),
  hasExtractedLicensingInfos: z
    .array(
      z.strictObject({
        licenseId: z.string().regex(/^LicenseRef-[A-Za-z0-9.-]+$/),
        ...{ extractedText: text, name: text.optional(), comment: text.optional() },
        seeAlsos: z.array(text).optional(),
      }),
    )
    .optional(),
  relationships: z
    .array(
      z.strictObject({
        ...{ spdxElementId: Id, relatedSpdxElement: orNoAssertion(Id) },
        ...{ relationshipType: z.enum(relationships), comment: text.optional() },
      }),
    )
    .optional(),
  annotations: z.array(Annotation).optional(),
});
