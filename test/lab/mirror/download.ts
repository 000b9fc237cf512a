import { mkdir, readdir, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RackhandError } from '../../../builder/shared/errors.ts';
import { sha256File } from '../../../builder/shared/ids.ts';
import { run } from '../../../builder/shared/process/run.ts';
import { type ControlFacts, type DebFacts, readControl } from './debian.ts';
import { inParallel } from './parallel.ts';

interface Options {
  signal?: AbortSignal | undefined;
  say: (line: string) => void;
}

const NEED = 'apt-get of Debian 12 provides the packages that the lab mirror is made of';

/** The closure of the seeds, as if nothing were installed, in a folder of its own. Gives the file names. */
export async function downloadClosure(
  seeds: readonly string[],
  folder: string,
  options: Options,
): Promise<string[]> {
  await mkdir(join(folder, 'partial'), { recursive: true });
  const wanted = await fetchAll(seeds, folder, options).catch(async (error) => {
    if (!(error instanceof RackhandError) || error.code !== 'command-failed') throw error;
    options.say('package lists are out of date: apt-get update');
    await run(['apt-get', 'update'], common(options));
    return fetchAll(seeds, folder, options);
  });
  for (const name of await debsIn(folder)) if (!wanted.includes(name)) await unlink(join(folder, name));
  return wanted;
}

/** apt checks each file when it downloads it; it is asked to only when one is absent. */
async function fetchAll(seeds: readonly string[], folder: string, options: Options): Promise<string[]> {
  const empty = join(folder, 'empty'); // of what the archive folder has, apt prints no address
  await mkdir(join(empty, 'partial'), { recursive: true });
  const plan = await run([...aptArguments(empty), 'install', '--print-uris', '-y', ...seeds], {
    need: NEED,
    ...common(options),
  });
  const wanted = parseUris(plan.stdout);
  const before = new Set(await debsIn(folder));
  if (wanted.every((name) => before.has(name))) return wanted;
  options.say(`downloading ${wanted.filter((name) => !before.has(name)).length} Debian packages`);
  await run([...aptArguments(folder), 'install', '--download-only', '-y', ...seeds], common(options));
  const after = new Set(await debsIn(folder));
  const absent = wanted.filter((name) => !after.has(name));
  if (absent.length === 0) return wanted;
  throw new RackhandError(
    'mirror-download',
    `apt downloaded everything but: ${absent.slice(0, 10).join(', ')}`,
    'run apt-get update, then again',
  );
}

/** Lines "'http://…' bash_5.2.15-2+b8_amd64.deb 1490696 SHA256:…" → the file names. */
export function parseUris(output: string): string[] {
  return [...output.matchAll(/^'[^']+' (\S+\.deb) \d+/gm)].map((match) => match[1]!).sort();
}

async function debsIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith('.deb'));
}

/** Nothing of the host's state counts: no package is installed, and nothing is taken from its cache. */
export function aptArguments(folder: string): string[] {
  return [
    'apt-get',
    ...['-o', 'Dir::State::status=/dev/null'],
    ...['-o', 'APT::Install-Recommends=false'],
    ...['-o', 'APT::Architecture=amd64'],
    ...['-o', `Dir::Cache::archives=${folder}`],
    ...['-o', 'Debug::NoLocking=1'],
    ...['-o', 'Acquire::Retries=3'],
  ];
}

/** Reads what each package says of itself; remembered by digest in `memory`. */
export async function readDebs(
  folder: string,
  names: readonly string[],
  memory: string,
  work: string,
  options: Options,
): Promise<DebFacts[]> {
  const known = new Map<string, ControlFacts>(Object.entries(await readMemory(memory)));
  const debs = await inParallel(names, options.signal, async (name, signal) => {
    const file = join(folder, name);
    const sha256 = await sha256File(file);
    const facts = known.get(sha256) ?? (await readDeb(file, join(work, `control-${name}`), signal));
    return { ...facts, file, sha256 };
  });
  const told = Object.fromEntries(debs.map(({ file: _file, sha256, ...facts }) => [sha256, facts]));
  await writeFile(memory, JSON.stringify(told));
  return debs.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function readDeb(file: string, folder: string, signal: AbortSignal): Promise<ControlFacts> {
  await run(['dpkg-deb', '--control', file, folder], { signal });
  const control = await readFile(join(folder, 'control'), 'utf8');
  const conffiles = await readFile(join(folder, 'conffiles'), 'utf8').catch(() => '');
  await rm(folder, { recursive: true, force: true });
  return readControl(control, conffiles);
}

async function readMemory(file: string): Promise<Record<string, ControlFacts>> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return {}; // absent, or cut off in the middle: it is only a memory
  }
}

/** What every call of apt has: the signal, and the way to the mirrors. */
function common({ signal }: Options): { signal?: AbortSignal; env: Record<string, string> } {
  const proxies = Object.entries(process.env).filter(
    (entry): entry is [string, string] => /^(https?|no|ftp)_proxy$/i.test(entry[0]) && entry[1] !== undefined,
  );
  return { env: Object.fromEntries(proxies), ...(signal ? { signal } : {}) };
}
