import { chmod, mkdtemp } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { openCatalog } from '../catalog/catalog.ts';
import { TrialMode, type TrialRun } from '../contract/trial.ts';
import { defaultKey, openSigner } from '../evidence/keys.ts';
import { openFolder } from '../folders.ts';
import { columns } from '../report/text.ts';
import { RackhandError } from '../shared/errors.ts';
import { orphaned } from '../shared/leftover.ts';
import { ownerName } from '../shared/owner.ts';
import { ownVersion } from '../sources.ts';
import { findLoaders } from '../trial/loaders.ts';
import { MODES, type Offer, offers } from '../trial/modes.ts';
import { keepResults } from '../trial/results.ts';
import { removeWork, startTrial } from '../trial/start.ts';
import { endedByPerson } from './images-verify.ts';
import { type CatalogFlags, print, printJson } from './options.ts';

interface TestFlags extends CatalogFlags {
  mode: TrialMode[];
  memory?: number;
  limit?: number;
  shim?: string;
  grub?: string;
  key: string;
  sign: boolean;
  work: string;
}

/** MiB with which the guest of the health check fits beside the host. */
const COMFORTABLE = 2560;

/** `rackhand images test` */
export function addTestCommand(command: (name: string, description: string) => Command): void {
  command(
    'test <image>',
    'boot it in virtual machines in each way it claims, and keep what came of it beside it',
  )
    .addOption(
      new Option('--mode <mode>', `only this one (may be repeated): ${TrialMode.options.join(', ')}`)
        .argParser(several)
        .default([], 'all'),
    )
    .option('--memory <mib>', `of each machine (default: what it needs, ${COMFORTABLE} at least)`, mebibytes)
    .option(
      '--limit <minutes>',
      'of one start (default: 5 with KVM, 20 where machines are emulated)',
      minutes,
    )
    .option(
      '--shim <file>',
      'signed shim for PXE with Secure Boot (default: of the image, or of this machine)',
    )
    .option('--grub <file>', 'signed GRUB for it (default: likewise)')
    .option('--key <file>', 'key that signs the results; made when it is not there', defaultKey())
    .option('--no-sign', 'leave the results unsigned')
    .option('--work <folder>', 'where machines and copies of media are for the while', '/var/tmp')
    .option('--json', 'print JSON')
    .action(testCommand);
}

function several(text: string, before: TrialMode[]): TrialMode[] {
  const parsed = TrialMode.safeParse(text);
  if (!parsed.success) throw new InvalidArgumentError(`expected one of ${TrialMode.options.join(', ')}`);
  return [...before.filter((mode) => mode !== parsed.data), parsed.data];
}

function mebibytes(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 256 && number <= 1_048_576) return number;
  throw new InvalidArgumentError('expected MiB, 256 at least');
}

function minutes(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 1440) return number;
  throw new InvalidArgumentError('expected whole minutes, 1 to 1440');
}

/** @throws RackhandError trial-nothing | trial-failed, and as startTrial */
async function testCommand(name: string, flags: TestFlags): Promise<void> {
  const catalog = openCatalog(resolve(flags.catalog));
  const manifest = await catalog.resolve(name);
  const loaders = await findLoaders(flags, manifest, join(catalog.folder, manifest.id));
  const offered = offers(manifest, loaders !== undefined);
  const modes = wanted(offered, flags.mode);
  const signer = flags.sign ? (await openSigner(flags.key)).signer : undefined;
  const memory = flags.memory ?? Math.max(COMFORTABLE, manifest.ramRequired);
  const signal = endedByPerson();
  const folder = await openWork(resolve(flags.work));
  const runs: TrialRun[] = [];
  const started = Date.now();
  const line = (text: string) =>
    void process.stderr.write(`[${((Date.now() - started) / 1000).toFixed(0).padStart(5)} s] ${text}\n`);
  try {
    const limit = flags.limit === undefined ? {} : { limit: flags.limit * 60 };
    const request = { catalog: catalog.folder, image: manifest.id, modes, folder, memory, ...limit };
    const on = {
      line,
      run: (run: TrialRun) => {
        runs.push(run);
        line(`${MODES[run.mode].title}: ${run.result}: ${run.why}`);
      },
    };
    await startTrial({ ...request, ...(loaders ? { loaders } : {}) }, on, signal);
  } finally {
    // What ended is kept also when a person, or a machine, ended the rest.
    if (runs.length > 0) {
      const builderVersion = await ownVersion();
      const place = await keepResults(catalog.folder, manifest.id, { runs, folder, builderVersion, signer });
      line(`kept in ${place}`);
    }
    await removeWork(folder);
  }
  if (flags.json) printJson({ image: manifest.id, runs, untried: offered.filter(({ lacks }) => lacks) });
  else print(renderRuns(runs, flags.mode.length > 0 ? [] : offered));
  const failed = runs.filter(({ result }) => result === 'failed');
  if (failed.length === 0) return;
  const which = failed.map(({ mode }) => mode).join(', ');
  throw new RackhandError(
    'trial-failed',
    `image ${manifest.id} failed: ${which}`,
    `its serial logs and screens tell more: ${join(catalog.folder, manifest.id, 'tests')}`,
  );
}

/** A folder for the while. What tests that were killed have left there goes: copies of media are large. */
async function openWork(parent: string): Promise<string> {
  for (const left of await orphaned(parent, /^rackhand-test-(\d+-\d+)-/, 'of a test that was killed'))
    await removeWork(left.path).catch(() => undefined); // another account's
  await openFolder(parent, '--work');
  const folder = await mkdtemp(join(parent, `rackhand-test-${await ownerName()}-`));
  // The service's accounts pass through it.
  await chmod(folder, 0o755);
  return folder;
}

/** @throws RackhandError trial-nothing */
function wanted(offered: readonly Offer[], named: readonly TrialMode[]): TrialMode[] {
  for (const { mode, lacks } of offered)
    if (lacks !== undefined && named.includes(mode))
      throw new RackhandError('trial-nothing', `${mode} cannot be tried: ${lacks}`, 'name another --mode');
  const able = offered.filter(({ lacks }) => lacks === undefined).map(({ mode }) => mode);
  return named.length > 0 ? able.filter((mode) => named.includes(mode)) : able;
}

/** Seconds after power-on at which each part of the start was there, and what was not tried. */
export function renderRuns(runs: readonly TrialRun[], offered: readonly Offer[]): string {
  const at = (seconds: number | undefined) => (seconds === undefined ? '—' : seconds.toFixed(1));
  const titles = [
    'mode',
    'result',
    'loader',
    'kernel',
    'initramfs',
    'system',
    'started',
    'healthy',
    'what was seen',
  ];
  const rows = runs.map(({ mode, result, moments, why }) => [
    ...[MODES[mode].title, result, at(moments.loader), at(moments.kernel), at(moments.initramfs)],
    ...[at(moments.system), at(moments.started), at(moments.healthy), why.slice(0, 100)],
  ]);
  const untried = offered.flatMap(({ mode, lacks }) =>
    lacks === undefined ? [] : [`not tried: ${MODES[mode].title}: ${lacks}`],
  );
  return [...columns([titles, ...rows], [2, 3, 4, 5, 6, 7]), 'seconds after power-on', ...untried].join('\n');
}
