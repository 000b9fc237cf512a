import { type BillOptions, makeBill } from './bill.ts';
import { cyclonedxDocument } from './cyclonedx.ts';
import type { EvidenceBytes } from './files.ts';
import { spdxDocument } from './spdx.ts';
import { signatureReport } from './unsigned.ts';

/** What tells of an image's packages: bills of materials in two formats, and who signed what. Pure. */
export function packageEvidence(options: BillOptions): EvidenceBytes {
  const bill = makeBill(options);
  return {
    'sbom-spdx': written(spdxDocument(bill)),
    'sbom-cyclonedx': written(cyclonedxDocument(bill)),
    unsigned: written(signatureReport(options.installed)),
  };
}

function written(document: object): string {
  return `${JSON.stringify(document, null, 1)}\n`;
}
