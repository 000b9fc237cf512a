import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Recipe, Repository } from '../recipe/schema.ts';
import { errno, RackhandError } from '../shared/errors.ts';
import { sha256 } from '../shared/ids.ts';
import { run } from '../shared/process/run.ts';
import { type DnfPaths, dnfConf, repoFile, rpmMacros, showKeysArguments } from './arguments.ts';
import { primaryFingerprints } from './parse.ts';

const KEY_LIMIT = 1 << 20;

/** Writes what dnf reads and fetches the signing keys. Gives each key's digest, for the lock. */
export async function prepareDnf(
  recipe: Recipe,
  paths: DnfPaths,
  signal?: AbortSignal,
): Promise<Record<string, string>> {
  const keyFile = (id: string) => join(paths.home, `${id}.asc`);
  await mkdir(join(paths.home, 'repos.d'), { recursive: true });
  await mkdir(paths.cache, { recursive: true });
  await mkdir(paths.root, { recursive: true });
  const keys: Record<string, string> = {};
  for (const repository of recipe.repositories) {
    const file = keyFile(repository.id);
    await fetchKey(repository.gpgkey, file, repository.id, signal);
    if (repository.fingerprint) await checkFingerprint(repository, file, paths.home, signal);
    keys[repository.id] = sha256(await readFile(file));
  }
  await writeFile(join(paths.home, 'dnf.conf'), dnfConf());
  await writeFile(join(paths.home, 'repos.d', 'rackhand.repo'), repoFile(recipe.repositories, keyFile));
  await writeFile(join(paths.home, '.rpmmacros'), rpmMacros());
  return keys;
}

/** A key file that was fetched may hold only the key that the recipe names. */
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
  if (found.length === 1 && found[0] === fingerprint) return;
  throw new RackhandError(
    'key-wrong',
    `the key of repository ${id} (${gpgkey}) has fingerprint ${found.join(', ')}, not ${fingerprint}`,
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
