import {
  PREDICATE_TYPE,
  type Provenance,
  STAGES,
  STATEMENT_TYPE,
  type StageRecord,
} from '../../builder/contract/provenance.ts';
import { sealEnvelope } from '../../builder/evidence/envelope.ts';

/** The least that tells when an image was built. */
export function provenance(builtAt: string, stages: readonly StageRecord[] = []): Provenance {
  const content = Buffer.from(JSON.stringify(stages)).toString('base64');
  return {
    ...{ _type: STATEMENT_TYPE, predicateType: PREDICATE_TYPE },
    subject: [{ name: 'manifest.json', digest: { sha256: 'a'.repeat(64) } }],
    predicate: {
      buildDefinition: { buildType: 'urn:test', externalParameters: {}, resolvedDependencies: [] },
      runDetails: {
        builder: { id: 'urn:test', version: {} },
        metadata: { invocationId: 'test', startedOn: builtAt, finishedOn: builtAt },
        byproducts: [{ name: STAGES, mediaType: 'application/json', content }],
      },
    },
  };
}

/** The text of an unsigned `provenance.json`. */
export function provenanceText(builtAt: string, stages: readonly StageRecord[] = []): string {
  return sealEnvelope(provenance(builtAt, stages), undefined);
}
