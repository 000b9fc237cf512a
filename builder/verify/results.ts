import { createHash } from 'node:crypto';
import { CHART, RESULT, RESULT_SIGNATURE, TESTS } from '../catalog/id.ts';
import { TrialResult } from '../contract/trial.ts';
import { checkFile, keyId, type PublicKey } from '../evidence/signature.ts';
import { sha256 } from '../shared/ids.ts';
import { parseJson } from '../shared/json.ts';
import { renderChart } from '../trial/chart.ts';
import { type ImageSource, readUpTo, readWhole } from './source.ts';
import { type Expected, SIGNATURE_BYTES, type Verification } from './verify.ts';

/** Bytes of results that nobody exceeds. */
export const RESULT_BYTES = 16 << 20;

/** What judging results adds to. */
export type Findings = Pick<Verification, 'faults' | 'notes'>;

export interface Believed {
  result: TrialResult;
  /** Undefined: nobody signed them, and that was asked for. */
  by: PublicKey | undefined;
}

/** Results of tests in virtual machines that lie beside the manifest: whose they are, and whether their files are theirs. */
export async function checkResults(
  source: ImageSource,
  manifest: Buffer,
  expected: Expected,
  report: Verification,
): Promise<void> {
  const text = await readWhole(source, `${TESTS}/${RESULT}`, RESULT_BYTES);
  if (!text) return;
  const signature = await readWhole(source, `${TESTS}/${RESULT_SIGNATURE}`, SIGNATURE_BYTES);
  const believed = judgeResults({ text, signature, manifest }, expected, report);
  if (!believed) return;
  const { runs } = believed.result;
  for (const { file, size, sha256: digest } of runs.flatMap(({ files }) => files)) {
    const bytes = await readUpTo(source, `${TESTS}/${file}`, size);
    if (!bytes) wrong(report, `${TESTS}/${file} is missing`);
    else if (sha256(bytes) !== digest) wrong(report, `${TESTS}/${file} is not what was recorded of the test`);
  }
  await noteChart(source, believed.result, report);
  const passed = runs.filter(({ result }) => result === 'passed').length;
  report.tests = { modes: runs.length, passed, key: believed.by ? keyId(believed.by) : null };
}

/** Nobody signs the chart: it is drawn of the results, and anew where they arrive. */
async function noteChart(source: ImageSource, result: TrialResult, { notes }: Findings): Promise<void> {
  const chart = await readUpTo(source, `${TESTS}/${CHART}`, RESULT_BYTES);
  if (chart && !chart.equals(Buffer.from(renderChart(result))))
    notes.push(`${TESTS}/${CHART} is not what this version draws of its test results: do not open it`);
}

/** The results, when one may believe them; undefined, with why in the findings, when not. */
export function judgeResults(
  { text, signature, manifest }: { text: Buffer; signature: Buffer | undefined; manifest: Buffer },
  { trusted, unsigned }: Expected,
  { faults, notes }: Findings,
): Believed | undefined {
  const parsed = TrialResult.safeParse(parseJson(text.toString('utf8')));
  const checked = signature && checkFile(text, signature.toString('utf8'), trusted);
  if (checked?.result === 'stranger') {
    notes.push(`its test results are signed by key ${checked.id}, which is not trusted here`);
    return undefined;
  }
  if (checked && checked.result !== 'good') {
    const whose = checked.result === 'wrong' ? `were changed after key ${keyId(checked.by)} signed them` : '';
    wrong({ faults }, `its test results ${whose || 'have no signature of minisign'}`);
    return undefined;
  }
  if (!checked && !unsigned) {
    notes.push('its test results are signed by nobody');
    return undefined;
  }
  if (!parsed.success) {
    wrong({ faults }, `${TESTS}/${RESULT} cannot be read by this version`);
    return undefined;
  }
  if (parsed.data.manifestSha256 !== createHash('sha256').update(manifest).digest('hex')) {
    notes.push('its test results are of another manifest, and say nothing of this image');
    return undefined;
  }
  return { result: parsed.data, by: checked?.by };
}

function wrong({ faults }: Pick<Findings, 'faults'>, what: string): void {
  const mend = `do not believe them: test the image again with rackhand images test, or remove its folder ${TESTS}`;
  faults.push({ code: 'results-wrong', what, mend });
}
