import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Recipe } from '../recipe/schema.ts';
import { errno, RackhandError } from '../shared/errors.ts';
import { sha256 } from '../shared/ids.ts';
import { type DnfPaths, dnfConf, repoFile, rpmMacros } from './arguments.ts';

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
    await fetchKey(repository.gpgkey, keyFile(repository.id), repository.id, signal);
    keys[repository.id] = sha256(await readFile(keyFile(repository.id)));
  }
  await writeFile(join(paths.home, 'dnf.conf'), dnfConf());
  await writeFile(join(paths.home, 'repos.d', 'rackhand.repo'), repoFile(recipe.repositories, keyFile));
  await writeFile(join(paths.home, '.rpmmacros'), rpmMacros());
  return keys;
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
