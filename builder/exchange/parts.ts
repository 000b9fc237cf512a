import {
  isBuildFile,
  MANIFEST,
  PROVENANCE,
  RESULT,
  RESULT_SIGNATURE,
  SIGNATURE,
  TESTS,
} from '../catalog/id.ts';
import type { Manifest } from '../contract/manifest.ts';
import type { Provenance } from '../contract/provenance.ts';
import type { TrialFile, TrialResult } from '../contract/trial.ts';

/** The files that an image is exchanged as, in their order: pure. */

export interface Part {
  file: string;
  /** Bytes; undefined for what the manifest does not name, which has a limit instead. */
  size?: number;
}

/** Bytes of the provenance, and of the lock of a build, that nobody exceeds. */
export const PAPER_BYTES = 64 << 20;

/**
 * What the manifest names. Before it come signature, provenance, the lock of the build that the provenance names, and
 * results of tests.
 */
export function namedParts({ artifacts, evidence }: Manifest): Part[] {
  return [...evidence, ...artifacts].map(({ file, size }) => ({ file, size }));
}

/** Results of tests, as they are named in an archive: the results themselves before the files that they name. */
export const RESULTS = { result: `${TESTS}/${RESULT}`, signature: `${TESTS}/${RESULT_SIGNATURE}` } as const;

export function isOfResults(file: string): boolean {
  return file.startsWith(`${TESTS}/`);
}

/** Each log and screen once. */
export function resultFiles({ runs }: TrialResult): TrialFile[] {
  return [...new Map(runs.flatMap(({ files }) => files).map((file) => [file.file, file])).values()];
}

/** The lock of the build, which the provenance names by its digest. */
export function recordOf(provenance: Provenance): string | undefined {
  const { byproducts } = provenance.predicate.runDetails;
  return byproducts.map(({ name }) => name ?? '').find(isBuildFile);
}

/**
 * How many bytes a file of this name may have; undefined when the image has no such file.
 * @param record the lock that its provenance names, as far as that is known
 */
export function roomFor(manifest: Manifest, file: string, record: string | undefined): number | undefined {
  if (file === PROVENANCE || file === record) return PAPER_BYTES;
  return namedParts(manifest).find((part) => part.file === file)?.size;
}

/** A name that two files have, or one of ours; undefined when each file has its own. */
export function clash(manifest: Manifest): string | undefined {
  const names = namedParts(manifest).map(({ file }) => file);
  const own = (file: string) => [MANIFEST, SIGNATURE, PROVENANCE, TESTS].includes(file) || isBuildFile(file);
  return names.find((file, at) => own(file) || names.indexOf(file) !== at);
}
