import { MANIFEST, SIGNATURE } from '../catalog/id.ts';
import { Manifest } from '../contract/manifest.ts';
import { checkFile, keyId, type PublicKey } from '../evidence/signature.ts';
import { RackhandError } from '../shared/errors.ts';
import { parseJson } from '../shared/json.ts';
import { checkContent } from './content.ts';
import { checkFiles } from './files.ts';
import { listImage } from './listing.ts';
import { checkProvenance } from './provenance.ts';
import { checkResults } from './results.ts';
import { type ImageSource, readWhole } from './source.ts';

/** Something that is not as it has to be, and what to do. */
export interface Fault {
  code: string;
  what: string;
  mend: string;
}

export interface Verification {
  /** Folder or URL. */
  where: string;
  /** Undefined when the manifest was refused. */
  image: string | undefined;
  /** Who signed the manifest, by a key that is trusted; null: nobody. */
  signedBy: { key: string; comment: string } | null;
  /** Files whose size and digest were compared, and their bytes. */
  files: number;
  bytes: number;
  /** Paths of the root that were compared with what the build has recorded. */
  paths: number;
  /** Results of tests in virtual machines that are believed; null: none. */
  tests: { modes: number; passed: number; key: string | null } | null;
  faults: Fault[];
  /** What could not be checked, and is no fault. */
  notes: string[];
}

export interface Expected {
  trusted: readonly PublicKey[];
  /** An image without a signature is no fault. */
  unsigned: boolean;
  /** The id that is asked for. */
  id?: string | undefined;
}

/** Bytes of a manifest and of a signature that nobody exceeds. */
export const [MANIFEST_BYTES, SIGNATURE_BYTES] = [32 << 20, 16 << 10];

/**
 * Signature, then what is signed: the manifest, each file that it names, the provenance, results of tests, and whether
 * manifest, records and root agree. What refuses the manifest ends it: it says what all the rest has to be.
 * @throws RackhandError image-unknown | image-unreachable where there is no image to verify
 */
export async function verifyImage(source: ImageSource, expected: Expected): Promise<Verification> {
  const report = emptyReport(source.where);
  const text = await readWhole(source, MANIFEST, MANIFEST_BYTES);
  if (!text) throw absent(source.where);
  const signature = await readWhole(source, SIGNATURE, SIGNATURE_BYTES);
  const believed = readBelieved(text, signature, expected, report);
  if (!believed) return report;
  const { manifest, by } = believed;
  report.image = manifest.id;
  const found = await checkFiles(source, manifest, report);
  try {
    await checkProvenance(source, manifest, text, by, report);
    await checkResults(source, text, expected, report);
    // What is damaged is said already: what it holds would only say it again.
    if (report.faults.some(({ code }) => code === 'file-damaged')) return report;
    const listing = await listImage(found.rootfs, report);
    if (listing) checkContent({ manifest, listing, ...found.records }, report);
    return report;
  } finally {
    await found.close();
  }
}

export function emptyReport(where: string): Verification {
  return {
    ...{ where, image: undefined, signedBy: null },
    ...{ files: 0, bytes: 0, paths: 0, tests: null, faults: [], notes: [] },
  };
}

/**
 * The manifest, when one may believe it, and the key that signed it; undefined, with the fault in the report, when not.
 */
export function readBelieved(
  text: Buffer,
  signature: Buffer | undefined,
  expected: Expected,
  report: Verification,
): { manifest: Manifest; by: PublicKey | undefined } | undefined {
  const by = checkSignature(text, signature, expected, report);
  if (report.faults.length > 0) return undefined;
  const manifest = readManifest(text, expected, report);
  return manifest && { manifest, by };
}

/** @returns the key that signed; undefined for an image that may be unsigned, or with a fault */
function checkSignature(
  manifest: Buffer,
  signature: Buffer | undefined,
  { trusted, unsigned }: Expected,
  report: Verification,
): PublicKey | undefined {
  const fault = (code: string, what: string, mend: string) => void report.faults.push({ code, what, mend });
  if (!signature) {
    const mend = 'build it again with a key, or accept it as it is: --unsigned';
    if (unsigned) report.notes.push('the image is UNSIGNED: nobody can tell whether it was changed');
    else fault('signature-missing', `there is no ${SIGNATURE}: the image is unsigned`, mend);
    return undefined;
  }
  const checked = checkFile(manifest, signature.toString('utf8'), trusted);
  if (checked.result === 'good') {
    report.signedBy = { key: keyId(checked.by), comment: checked.comment };
    return checked.by;
  }
  if (checked.result === 'malformed')
    fault(
      'signature-invalid',
      `${SIGNATURE} is no signature of minisign`,
      'get the image again, or build it again',
    );
  else if (checked.result === 'stranger') {
    const mend = `ask who signs these images for the public key ${checked.id}; then rackhand keys trust KEY, or --trust KEY for this once`;
    fault('key-unknown', `the manifest is signed by key ${checked.id}, which is not trusted here`, mend);
  } else {
    const what = checked.what === 'content' ? MANIFEST : `the comment of ${SIGNATURE}`;
    const mend = 'do not use the image: get it again from whoever made it, or build it again';
    fault('signature-wrong', `${what} was changed after key ${keyId(checked.by)} signed it`, mend);
  }
  return undefined;
}

function readManifest(text: Buffer, { id }: Expected, report: Verification): Manifest | undefined {
  const fault = (code: string, what: string, mend: string) => void report.faults.push({ code, what, mend });
  const parsed = Manifest.safeParse(parseJson(text.toString('utf8')));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const what = `${MANIFEST}: ${issue!.path.map(String).join('.') || 'it'}: ${issue!.message}`;
    fault(
      'manifest-invalid',
      what,
      'the version of rackhand that made the image can verify it; or build it again',
    );
    return undefined;
  }
  if (id !== undefined && parsed.data.id !== id) {
    const mend = `get image ${id} again from whoever made it`;
    fault('image-other', `image ${parsed.data.id} lies in the place of ${id}`, mend);
    return undefined;
  }
  return parsed.data;
}

function absent(where: string): RackhandError {
  const mend = 'name an image of the catalog, or the address of an image’s folder: http://SERVER/images/ID';
  return new RackhandError('image-unknown', `there is no ${MANIFEST} at ${where}`, mend);
}
