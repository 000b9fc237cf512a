import type { Evidence, EvidenceKind } from '../contract/manifest.ts';
import { sha256 } from '../shared/ids.ts';

/** Name of each kind of evidence in the image's folder. */
export const EVIDENCE_FILES: Record<EvidenceKind, string> = {
  contents: 'contents.json.gz',
  modules: 'modules.json.gz',
  'sbom-spdx': 'sbom.spdx.json',
  'sbom-cyclonedx': 'sbom.cyclonedx.json',
  licences: 'licences.tar.gz',
  unsigned: 'unsigned-packages.json',
};

/** What a build has to tell of its image, by kind; bytes that the same inputs give again. */
export type EvidenceBytes = { [kind in EvidenceKind]?: string | Uint8Array | undefined };

/** The manifest's rows, in the order of their kinds. */
export function describeEvidence(given: EvidenceBytes): Evidence[] {
  return rows(given).map(([kind, bytes]) => ({
    ...{ kind, file: EVIDENCE_FILES[kind] },
    ...{ size: Buffer.byteLength(bytes), sha256: sha256(bytes) },
  }));
}

/** File name → bytes, as the catalog writes them. */
export function namedEvidence(given: EvidenceBytes): Record<string, string | Uint8Array> {
  return Object.fromEntries(rows(given).map(([kind, bytes]) => [EVIDENCE_FILES[kind], bytes]));
}

function rows(given: EvidenceBytes): [EvidenceKind, string | Uint8Array][] {
  const there = Object.entries(given).filter(([, bytes]) => bytes !== undefined);
  return there.sort(([a], [b]) => (a < b ? -1 : 1)) as [EvidenceKind, string | Uint8Array][];
}
