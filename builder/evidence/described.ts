import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BillOptions } from './bill.ts';
import type { EvidenceBytes } from './files.ts';
import { missingTexts } from './licences.ts';
import { INSTALLED_FILE, type InstalledRecord, LICENCES_FILE } from './record.ts';
import { packageEvidence } from './sbom.ts';
import { signatureLine, signatureReport } from './unsigned.ts';

export interface Described {
  evidence: EvidenceBytes;
  /** For people: who signed the packages, and whose licence texts are not known. */
  notes: string[];
}

/** What tells of an image's packages, from what recordPackages left beside the root. */
export async function describePackages(
  folder: string,
  options: Omit<BillOptions, 'installed'>,
): Promise<Described> {
  const installed = JSON.parse(await readFile(join(folder, INSTALLED_FILE), 'utf8')) as InstalledRecord;
  const licences = await readFile(join(folder, LICENCES_FILE));
  return {
    evidence: { ...packageEvidence({ ...options, installed }), licences },
    notes: [signatureLine(signatureReport(installed)), ...missingTexts(installed.withoutText)],
  };
}
