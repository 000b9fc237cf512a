import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Artifact } from '../contract/manifest.ts';
import { type Inputs, lockEpoch } from '../inputs.ts';
import type { PlannedStrip } from '../strip/strip.ts';
import type { EvidenceBytes } from './files.ts';
import { missingTexts } from './licences.ts';
import { INSTALLED_FILE, type InstalledRecord, LICENCES_FILE } from './record.ts';
import { packageEvidence } from './sbom.ts';
import { signatureLine, signatureReport } from './unsigned.ts';

export interface Made {
  inputs: Inputs;
  planned: PlannedStrip;
  artifacts: Artifact[];
  /** Paths in the root of what is in the initramfs or among the boot loaders. */
  boot: readonly string[];
}

export interface Described {
  evidence: EvidenceBytes;
  /** For people: who signed the packages, and whose licence texts are not known. */
  notes: string[];
}

/** What tells of an image's packages, from what recordPackages left in `folder` beside the root. */
export async function describePackages(folder: string, made: Made): Promise<Described> {
  const { inputs, planned, artifacts, boot } = made;
  const installed = JSON.parse(await readFile(join(folder, INSTALLED_FILE), 'utf8')) as InstalledRecord;
  const licences = await readFile(join(folder, LICENCES_FILE));
  const bills = packageEvidence({
    image: { recipe: inputs.loaded.recipe.name, kernelVersion: planned.kernel, artifacts },
    ...{ installed, locked: inputs.lock.packages, input: planned.input, plan: planned.plan, boot },
    ...{ builderVersion: inputs.builder.version, epoch: lockEpoch(inputs.lock) },
  });
  return {
    evidence: { ...bills, licences },
    notes: [signatureLine(signatureReport(installed)), ...missingTexts(installed.withoutText)],
  };
}
