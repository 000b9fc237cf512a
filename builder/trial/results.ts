import { copyFile, link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { changeCatalog } from '../catalog/change.ts';
import { CHART, MANIFEST, RESULT, RESULT_SIGNATURE, TESTS } from '../catalog/id.ts';
import { TrialMode, TrialResult, type TrialRun } from '../contract/trial.ts';
import { checkFile, type PublicKey, type Signer, signFile } from '../evidence/signature.ts';
import { errno, RackhandError } from '../shared/errors.ts';
import { sha256File } from '../shared/ids.ts';
import { parseJson } from '../shared/json.ts';
import { renderChart } from './chart.ts';

/** What is beside the manifest of an image that was tested: the manifest itself never changes. */
export interface Kept {
  result: TrialResult;
  /** Whose signature it has; undefined: nobody's that is trusted. */
  by: PublicKey | undefined;
}

/** @returns undefined when the image was not tested, or when the results are of another manifest */
export async function readResults(
  catalog: string,
  id: string,
  trusted: readonly PublicKey[],
): Promise<Kept | undefined> {
  const folder = join(catalog, id, TESTS);
  const text = await readFile(join(folder, RESULT)).catch(absent);
  if (!text) return undefined;
  const parsed = TrialResult.safeParse(parseJson(text.toString('utf8')));
  if (!parsed.success || parsed.data.manifestSha256 !== (await sha256File(join(catalog, id, MANIFEST))))
    return undefined;
  const signature = await readFile(join(folder, RESULT_SIGNATURE), 'utf8').catch(() => '');
  const checked = checkFile(text, signature, trusted);
  return { result: parsed.data, by: checked.result === 'good' ? checked.by : undefined };
}

export interface Ended {
  runs: readonly TrialRun[];
  /** Where the files of these runs are. */
  folder: string;
  builderVersion: string;
  signer: Signer | undefined;
}

/**
 * Puts runs beside an image's manifest; those of modes that were not tried this time stay. The folder appears as a
 * whole.
 * @returns its path @throws RackhandError no-space | catalog-unwritable
 */
export async function keepResults(catalog: string, id: string, ended: Ended): Promise<string> {
  const image = join(catalog, id);
  const [place, made, old] = [TESTS, `.${TESTS}-new`, `.${TESTS}-old`].map((name) => join(image, name));
  await changeCatalog(catalog, async () => {
    for (const left of [made!, old!]) await rm(left, { recursive: true, force: true });
    try {
      await mkdir(made!, { mode: 0o755 });
      await lay(catalog, id, ended, made!);
      await rename(place!, old!).catch(absent);
      await rename(made!, place!);
      await rm(old!, { recursive: true, force: true });
    } catch (error) {
      // A full disk is not filled by what came to nothing.
      await rm(made!, { recursive: true, force: true });
      throw error;
    }
  });
  return place!;
}

/** Into `made`: these runs, and of those before them what stays. */
async function lay(catalog: string, id: string, ended: Ended, made: string): Promise<void> {
  const image = join(catalog, id);
  const before = await readResults(catalog, id, ended.signer ? [ended.signer] : []);
  // A key signs again only what it has signed.
  const believed = !ended.signer || before?.by ? (before?.result.runs ?? []) : [];
  const stay = believed.filter((run) => !ended.runs.some(({ mode }) => mode === run.mode));
  for (const { file } of stay.flatMap(({ files }) => files))
    await link(join(image, TESTS, file), join(made, file));
  for (const { file } of ended.runs.flatMap(({ files }) => files))
    await copyFile(join(ended.folder, basename(file)), join(made, file));
  const order = (run: TrialRun) => TrialMode.options.indexOf(run.mode);
  const result: TrialResult = {
    ...{ schema: 1, image: id, manifestSha256: await sha256File(join(image, MANIFEST)) },
    builderVersion: ended.builderVersion,
    runs: [...stay, ...ended.runs].sort((a, b) => order(a) - order(b)),
  };
  const text = `${JSON.stringify(result, null, 2)}\n`;
  const comment = `tests of image ${result.image}`;
  const signature = ended.signer && signFile(Buffer.from(text), ended.signer, comment);
  await writeResults(made, { result, text, signature });
}

/** Results as they were signed, and the chart of them, which is never taken from elsewhere. */
export async function writeResults(
  folder: string,
  {
    result,
    text,
    signature,
  }: { result: TrialResult; text: string | Buffer; signature: string | Buffer | undefined },
): Promise<void> {
  await writeFile(join(folder, RESULT), text);
  await writeFile(join(folder, CHART), renderChart(result));
  if (signature) await writeFile(join(folder, RESULT_SIGNATURE), signature);
}

function absent(cause: unknown): undefined {
  if (errno(cause) === 'ENOENT') return undefined;
  const mend = 'run it as who owns the catalog';
  throw new RackhandError('results-unreadable', `test results: ${errno(cause) ?? String(cause)}`, mend, {
    cause,
  });
}
