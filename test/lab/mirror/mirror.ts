import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../../builder/shared/atomic.ts';
import { identity, sha256 } from '../../../builder/shared/ids.ts';
import { underFileLock } from '../../../builder/shared/lock.ts';
import { isPresent } from '../../../builder/shared/present.ts';
import { assertSpace } from '../../../builder/shared/space.ts';
import { convertBuild } from './convert.ts';
import { downloadClosure, readDebs } from './download.ts';
import { endAgent, type SigningKey, signingKey } from './key.ts';
import { inParallel } from './parallel.ts';
import { type Build, planBuilds } from './plan.ts';
import { publish } from './repository.ts';
import { readTables, type Tables } from './tables.ts';

export interface MirrorOptions {
  folder: string;
  signal?: AbortSignal | undefined;
  progress?: (line: string) => void;
  /** Other tables than those of the tree: the tests make small mirrors. */
  tables?: Tables;
}

export interface Mirror {
  /** Folder with repodata/. */
  repository: string;
  /** Armoured public key that signs every package. */
  keyFile: string;
  release: '9';
  packages: number;
  /** Of the signing key. */
  fingerprint: string;
}

/**
 * An EL-shaped repository of Debian 12's packages: closure, plan, conversion of what the cache lacks,
 * metadata, switch. A second run with nothing changed converts nothing; one beside another waits for it.
 */
export async function buildMirror(options: MirrorOptions): Promise<Mirror> {
  const { folder, signal, progress } = options;
  await mkdir(folder, { recursive: true });
  const onWait = (holder: string) => progress?.(`waiting for another build of ${folder} (${holder})`);
  return underFileLock(join(folder, 'lock'), { onWait, signal }, () => makeMirror(options));
}

async function makeMirror(options: MirrorOptions): Promise<Mirror> {
  const { folder, signal } = options;
  const say = options.progress ?? (() => undefined);
  const work = join(folder, 'work');
  try {
    await rm(work, { recursive: true, force: true });
    await mkdir(work);
    const tables = options.tables ?? (await readTables());
    const key = await signingKey(folder, signal);
    say('resolving and downloading Debian packages');
    const debs = join(folder, 'debs');
    const names = await downloadClosure(tables.seeds, debs, { signal, say });
    const facts = await readDebs(debs, names, join(folder, 'facts.json'), work, { signal, say });
    const builds = planBuilds(facts, tables);
    say(`${facts.length} Debian packages → ${builds.flatMap((build) => build.packages).length} packages`);
    const cached = await convertMissing(builds, { folder, work, tables, key, signal, say });
    const packages = await publish(
      folder,
      cached.map(({ path }) => path),
      cached.map(({ key }) => key),
      signal,
    );
    await prune(join(folder, 'rpms'), new Set(cached.map((entry) => entry.key)));
    const mirror: Mirror = {
      repository: join(folder, 'repository'),
      keyFile: key.file,
      release: '9',
      packages,
      fingerprint: key.fingerprint,
    };
    await writeFileAtomic(join(folder, 'mirror.json'), `${JSON.stringify(mirror, null, 1)}\n`);
    say(`ready: ${packages} packages`);
    return mirror;
  } finally {
    await endAgent(folder).catch(() => undefined);
    await rm(work, { recursive: true, force: true });
  }
}

interface Context {
  folder: string;
  work: string;
  tables: Tables;
  key: SigningKey;
  signal: AbortSignal | undefined;
  say: (line: string) => void;
}

/** Converts the builds whose inputs changed; the largest first, so that the end is not one of them alone. */
async function convertMissing(
  builds: readonly Build[],
  context: Context,
): Promise<{ key: string; path: string }[]> {
  const rules = await conversionRules(context);
  const entries = builds.map((build) => {
    const key = cacheKey(build, rules);
    return { build, key, path: join(context.folder, 'rpms', key) };
  });
  await mkdir(join(context.folder, 'rpms'), { recursive: true });
  const missing = [];
  for (const entry of entries) if (!(await isPresent(entry.path))) missing.push(entry);
  missing.sort((a, b) => Number(b.build.definition.kernel) - Number(a.build.definition.kernel));
  if (missing.length > 0)
    await assertRoom(
      missing.map(({ build }) => build),
      context.folder,
    );
  let done = 0;
  await inParallel(missing, context.signal, async ({ build, path }, signal) => {
    await convertBuild(build, { ...context, output: path, signal });
    context.say(`${++done}/${missing.length} ${build.name}`);
  });
  return entries;
}

/** What a conversion depends on beside its packages: layout, accounts, kernel split, key and this code. */
async function conversionRules({ tables, key }: Context): Promise<string> {
  const sources = (await readdir(import.meta.dirname)).filter((name) => RULES.test(name)).sort();
  const texts = await Promise.all(sources.map((name) => readFile(join(import.meta.dirname, name))));
  const { layout, accounts, kernel } = tables;
  return identity({ layout, accounts, kernel, key: key.fingerprint, code: texts.map(sha256) });
}

/** Payloads unpack to about six times their size, and their packages are kept beside them. */
async function assertRoom(builds: readonly Build[], folder: string): Promise<void> {
  let bytes = 64 << 20;
  for (const deb of builds.flatMap((build) => build.debs)) bytes += (await stat(deb.file)).size * 8;
  await assertSpace([{ path: folder, bytes }]);
}

const RULES = /^(accounts|convert|debian|files|layout|modules|payload|spec)\.ts$/;

export function cacheKey(build: Build, rules: string): string {
  const { debs, ...rest } = build;
  return identity({ rules, debs: debs.map((deb) => deb.sha256), rest });
}

async function prune(folder: string, used: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!used.has(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
}
