import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Recipe, Repository } from '../recipe/schema.ts';
import { writeFileAtomic } from '../shared/atomic.ts';
import { errno, RackhandError } from '../shared/errors.ts';
import { sha256 } from '../shared/ids.ts';
import { run } from '../shared/process/run.ts';
import { type DnfPaths, dnfConf, isChecked, repoFile, rpmMacros, showKeysArguments } from './arguments.ts';
import { primaryFingerprints } from './parse.ts';

const KEY_LIMIT = 1 << 20;

/**
 * Writes what dnf reads and fetches the signing keys; each is kept by its digest, for locked builds.
 * @returns repository id → digest of its key file, for the lock
 */
export async function prepareDnf(
  recipe: Recipe,
  paths: DnfPaths,
  signal?: AbortSignal,
): Promise<Record<string, string>> {
  await mkdir(join(paths.cache, 'keys'), { recursive: true });
  const keys: Record<string, string> = {};
  await writeSettings(recipe, paths);
  for (const repository of recipe.repositories.filter(isChecked)) {
    const file = keyFile(paths, repository.id);
    await fetchKey(repository.gpgkey!, file, repository.id, signal);
    if (repository.fingerprint) await checkFingerprint(repository, file, paths.home, signal);
    const text = await readFile(file);
    keys[repository.id] = sha256(text);
    await writeFileAtomic(keptKey(paths, keys[repository.id]!), text);
  }
  return keys;
}

/**
 * The same without network: the keys are those that the lock names, from the cache.
 * @throws RackhandError key-not-cached
 */
export async function prepareLocked(
  recipe: Recipe,
  paths: DnfPaths,
  keys: Record<string, string>,
): Promise<void> {
  await writeSettings(recipe, paths);
  for (const { id } of recipe.repositories.filter(isChecked)) {
    const digest = keys[id];
    if (digest === undefined) continue;
    const text = await readFile(keptKey(paths, digest)).catch(() => Buffer.alloc(0));
    if (sha256(text) !== digest) {
      throw new RackhandError(
        'key-not-cached',
        `the signing key of repository ${id}, ${digest}, is not in the cache`,
        'build once without --locked, or copy the folder dnf/keys of the cache that locked it',
      );
    }
    await writeFile(keyFile(paths, id), text);
  }
}

export function keyFile({ home }: DnfPaths, id: string): string {
  return join(home, `${id}.asc`);
}

function keptKey({ cache }: DnfPaths, digest: string): string {
  return join(cache, 'keys', `${digest}.asc`);
}

async function writeSettings(recipe: Recipe, paths: DnfPaths): Promise<void> {
  await mkdir(join(paths.home, 'repos.d'), { recursive: true });
  await mkdir(paths.cache, { recursive: true });
  await mkdir(paths.root, { recursive: true });
  const repositories = repoFile(recipe.repositories, (id) => keyFile(paths, id));
  await writeFile(join(paths.home, 'dnf.conf'), dnfConf(recipe));
  await writeFile(join(paths.home, 'repos.d', 'rackhand.repo'), repositories);
  await writeFile(join(paths.home, '.rpmmacros'), rpmMacros(recipe));
}

/** A key file that was fetched may hold only keys that the recipe names. */
async function checkFingerprint(
  { id, gpgkey, fingerprint }: Repository,
  file: string,
  home: string,
  signal?: AbortSignal,
): Promise<void> {
  const { stdout } = await run(showKeysArguments(home, file), {
    need: "gpg (package gnupg) reads the fingerprints of repositories' keys",
    ...(signal ? { signal } : {}),
  });
  const found = primaryFingerprints(stdout);
  const named = [fingerprint!].flat();
  if (found.length > 0 && found.every((one) => named.includes(one))) return;
  throw new RackhandError(
    'key-wrong',
    `the key of repository ${id} (${gpgkey}) has fingerprint ${found.join(', ')}, not ${named.join(' or ')}`,
    "find out why before anything else; a distribution's new key needs a new 'fingerprint' in the recipe",
  );
}

async function fetchKey(url: string, to: string, id: string, signal?: AbortSignal): Promise<void> {
  const fault = (why: string, cause?: unknown) =>
    new RackhandError(
      'key-unreachable',
      `signing key of repository ${id} (${url}): ${why}`,
      "correct 'gpgkey' of the repository; packages are never installed without checking",
      { cause },
    );
  if (url.startsWith('file://')) {
    try {
      await copyFile(fileURLToPath(url), to);
    } catch (cause) {
      if (errno(cause) === 'ENOSPC') throw cause;
      throw fault(errno(cause) === 'ENOENT' ? 'the file does not exist' : String(errno(cause)), cause);
    }
  } else {
    const timeout = AbortSignal.timeout(60_000);
    const answer = await fetch(url, { signal: signal ? AbortSignal.any([signal, timeout]) : timeout }).catch(
      (cause) => {
        signal?.throwIfAborted();
        throw fault(cause instanceof Error ? String(cause.cause ?? cause.message) : 'no answer', cause);
      },
    );
    if (!answer.ok) throw fault(`HTTP ${answer.status}`);
    const body = Buffer.from(await answer.arrayBuffer());
    if (body.length > KEY_LIMIT) throw fault('is larger than any key');
    await writeFile(to, body);
  }
  if (!(await readFile(to, 'utf8')).includes('-----BEGIN PGP PUBLIC KEY BLOCK-----')) {
    throw fault('is not an armoured public key');
  }
}
