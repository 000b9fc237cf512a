import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { TESTS } from '../catalog/id.ts';
import { TRIAL_FILE_BYTES } from '../contract/trial.ts';
import { writeResults } from '../trial/results.ts';
import { type Believed, type Findings, judgeResults, RESULT_BYTES } from '../verify/results.ts';
import { type Expected, SIGNATURE_BYTES } from '../verify/verify.ts';
import type { Arrival } from './arrivals.ts';
import { RESULTS, resultFiles } from './parts.ts';
import { passBy, readSmall, store } from './store.ts';
import { invalid } from './tar.ts';

/**
 * Results of tests that come with an image. They are believed, by their signature, before a file of theirs is written;
 * those that are not are passed by, and the findings say why.
 */
export class ArrivingResults {
  readonly findings: Findings = { faults: [], notes: [] };
  readonly #folder: string;
  readonly #manifest: Buffer;
  readonly #expected: Expected;
  #text: Buffer | undefined;
  #signature: Buffer | undefined;
  #judged = false;
  #believed: Believed | undefined;

  /** @param staged folder that becomes the image's */
  constructor(staged: string, manifest: Buffer, expected: Expected) {
    this.#folder = join(staged, TESTS);
    this.#manifest = manifest;
    this.#expected = expected;
  }

  /** @throws RackhandError archive-invalid */
  async take(arrival: Arrival, signal?: AbortSignal): Promise<void> {
    const { file } = arrival;
    if (file === RESULTS.result && !this.#text) this.#text = await readSmall(arrival, RESULT_BYTES);
    else if (file === RESULTS.signature && this.#text && !this.#judged && !this.#signature)
      this.#signature = await readSmall(arrival, SIGNATURE_BYTES);
    else await this.#takeFile(arrival, signal);
  }

  async #takeFile({ file, pieces }: Arrival, signal: AbortSignal | undefined): Promise<void> {
    const name = file.slice(TESTS.length + 1);
    const believed = this.#text && this.#judge();
    if (this.#text && !believed) return passBy({ file, pieces });
    const row = believed && resultFiles(believed.result).find((one) => one.file === name);
    if (!row) throw invalid(`it has ${JSON.stringify(file)} in it, which its test results do not name`);
    await mkdir(this.#folder, { recursive: true, mode: 0o755 });
    await store({ file, pieces }, join(this.#folder, name), Math.min(row.size, TRIAL_FILE_BYTES), signal);
  }

  #judge(): Believed | undefined {
    if (this.#judged || !this.#text) return this.#believed;
    this.#judged = true;
    const papers = { text: this.#text, signature: this.#signature, manifest: this.#manifest };
    this.#believed = judgeResults(papers, this.#expected, this.findings);
    return this.#believed;
  }

  /** After the last of them. @returns whether there are any */
  async write(): Promise<boolean> {
    const believed = this.#judge();
    if (!believed) return false;
    await mkdir(this.#folder, { recursive: true, mode: 0o755 });
    await writeResults(this.#folder, {
      ...{ result: believed.result, text: this.#text!, signature: this.#signature },
    });
    return true;
  }
}
