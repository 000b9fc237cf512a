import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../../builder/shared/atomic.ts';
import { RackhandError } from '../../../builder/shared/errors.ts';
import { isPresent } from '../../../builder/shared/present.ts';
import { type RunOptions, run } from '../../../builder/shared/process/run.ts';

/** The mirror's signing key, in a keyring of its own, without a passphrase: it signs lab packages only. */
export interface SigningKey {
  home: string;
  fingerprint: string;
  /** Armoured public key. */
  file: string;
}

const USER = 'Rackhand lab mirror';
const NEED = 'gpg signs the packages of the lab mirror; bin/setup.sh installs gnupg';

export async function signingKey(folder: string, signal?: AbortSignal): Promise<SigningKey> {
  const home = join(folder, 'gnupg');
  const file = join(folder, 'RPM-GPG-KEY-rackhand-lab');
  const options: RunOptions = { need: NEED, ...(signal ? { signal } : {}) };
  await mkdir(home, { recursive: true, mode: 0o700 });
  const fingerprint = (await existing(home, options)) ?? (await generate(home, options));
  if (!(await isPresent(file))) {
    const { stdout } = await run([...gpg(home), '--armor', '--export', fingerprint], options);
    await writeFileAtomic(file, stdout);
  }
  return { home, fingerprint, file };
}

function gpg(home: string): string[] {
  return ['/usr/bin/gpg', '--homedir', home, '--batch', '--no-tty', '--quiet'];
}

async function existing(home: string, options: RunOptions): Promise<string | undefined> {
  const listing = await run([...gpg(home), '--with-colons', '--list-secret-keys'], options);
  return parseFingerprint(listing.stdout);
}

async function generate(home: string, options: RunOptions): Promise<string> {
  await run(
    [...gpg(home), '--passphrase', '', '--quick-generate-key', USER, 'rsa3072', 'sign', 'never'],
    options,
  );
  const made = await existing(home, options);
  if (made) return made;
  throw new RackhandError('mirror-key', `gpg made no key in ${home}`, 'remove that folder and run again');
}

/** Fingerprint of the first secret key in gpg's colon listing. */
export function parseFingerprint(listing: string): string | undefined {
  return /^sec:[\s\S]*?^fpr:+([0-9A-F]{40}):/m.exec(listing)?.[1];
}

export function signArguments(key: SigningKey, files: readonly string[]): string[] {
  return [
    'rpmsign',
    '--define',
    `_gpg_name ${key.fingerprint}`,
    '--define',
    `_gpg_path ${key.home}`,
    '--define',
    '_gpg_digest_algo sha256',
    // Debian's rpm does not search the path for it.
    '--define',
    '__gpg /usr/bin/gpg',
    '--addsign',
    ...files,
  ];
}

/** gpg leaves an agent behind that holds the key; this ends the one of this keyring. */
export async function endAgent(folder: string): Promise<void> {
  await run(['gpgconf', '--homedir', join(folder, 'gnupg'), '--kill', 'gpg-agent'], { okCodes: [0, 1, 2] });
}
