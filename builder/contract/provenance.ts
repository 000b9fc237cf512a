import { z } from 'zod';
import { parseJson } from '../shared/json.ts';
import { Sha256 } from './fields.ts';

/**
 * How an image came to be: `provenance.json` beside the manifest, an in-toto Statement v1 with SLSA's provenance v1
 * (slsa.dev/spec/v1.0/provenance) in a DSSE envelope (github.com/secure-systems-lab/dsse, envelope.md). What is
 * different in each build of the same inputs is here and not in the manifest.
 */

export const PAYLOAD_TYPE = 'application/vnd.in-toto+json';
export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
export const PREDICATE_TYPE = 'https://slsa.dev/provenance/v1';

/** An image that nobody signed has an envelope without signatures. */
export const Envelope = z.strictObject({
  payloadType: z.literal(PAYLOAD_TYPE),
  /** Base64 of the statement. */
  payload: z.base64(),
  signatures: z.array(z.strictObject({ keyid: z.string(), sig: z.base64() })),
});
export type Envelope = z.infer<typeof Envelope>;

/** in-toto's ResourceDescriptor v1. */
export const Resource = z.strictObject({
  name: z.string().optional(),
  uri: z.string().optional(),
  /** Algorithm → lower-case hex. */
  digest: z.record(z.string(), z.string()).optional(),
  mediaType: z.string().optional(),
  /** Base64. */
  content: z.base64().optional(),
  annotations: z.record(z.string(), z.json()).optional(),
});
export type Resource = z.infer<typeof Resource>;

/** What one stage of the build did; sizes are bytes of the root (or of the stage's output file). */
export const StageRecord = z.strictObject({
  stage: z.string(),
  milliseconds: z.int().nonnegative(),
  sizeBefore: z.int().nonnegative(),
  sizeAfter: z.int().nonnegative(),
});
export type StageRecord = z.infer<typeof StageRecord>;

export const Provenance = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  /** Every artifact, and the manifest. */
  subject: z.array(z.strictObject({ name: z.string(), digest: z.strictObject({ sha256: Sha256 }) })).min(1),
  predicateType: z.literal(PREDICATE_TYPE),
  predicate: z.strictObject({
    buildDefinition: z.strictObject({
      buildType: z.string(),
      externalParameters: z.record(z.string(), z.json()),
      resolvedDependencies: z.array(Resource),
    }),
    runDetails: z.strictObject({
      builder: z.strictObject({ id: z.string(), version: z.record(z.string(), z.string()) }),
      metadata: z.strictObject({
        invocationId: z.string(),
        startedOn: z.iso.datetime(),
        finishedOn: z.iso.datetime(),
      }),
      byproducts: z.array(Resource),
    }),
  }),
});
export type Provenance = z.infer<typeof Provenance>;

/** Name of the byproduct that holds the stages. */
export const STAGES = 'stages';

/** When and how fast an image was built. */
export interface BuildTimes {
  /** ISO time of the end. */
  builtAt: string;
  stages: StageRecord[];
}

/** An envelope with its statement, not yet checked for who signed it; undefined when it is none of ours. */
export function openEnvelope(text: string): { envelope: Envelope; provenance: Provenance } | undefined {
  const envelope = Envelope.safeParse(parseJson(text));
  if (!envelope.success) return undefined;
  const payload = Buffer.from(envelope.data.payload, 'base64').toString('utf8');
  const provenance = Provenance.safeParse(parseJson(payload));
  return provenance.success ? { envelope: envelope.data, provenance: provenance.data } : undefined;
}

export function timesOf({ predicate: { runDetails } }: Provenance): BuildTimes {
  const { content = '' } = runDetails.byproducts.find(({ name }) => name === STAGES) ?? {};
  const stages = z.array(StageRecord).safeParse(parseJson(Buffer.from(content, 'base64').toString('utf8')));
  return { builtAt: runDetails.metadata.finishedOn, stages: stages.data ?? [] };
}
