import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { syncDirectory, writeFileAtomic } from '../shared/atomic.ts';
import { errno, RackhandError } from '../shared/errors.ts';
import {
  formatPublicKey,
  keyId,
  type PublicKey,
  parsePublicKey,
  type Signer,
  signerOf,
} from './signature.ts';

/** Folder of a person's keys (XDG base directories; for root /root/.config). */
export function keyFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return join(environment.XDG_CONFIG_HOME || join(homedir(), '.config'), 'rackhand');
}

/** The key that signs when none is named. */
export function defaultKey(): string {
  return join(keyFolder(), 'signing.key');
}

/**
 * The key of a file: PKCS#8, as `openssl genpkey -algorithm ed25519` writes it.
 * @throws RackhandError key-missing | key-invalid | key-exposed
 */
export async function readSigner(file: string): Promise<Signer> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const what = errno(cause) === 'ENOENT' ? 'does not exist' : `cannot be read (${errno(cause)})`;
    const mend = `make one: rackhand keys create --key ${file}; or name another: --key FILE`;
    throw new RackhandError('key-missing', `signing key ${file} ${what}`, mend, { cause });
  }
  const { mode } = await stat(file);
  if (mode & 0o077) {
    const what = `signing key ${file} can be read by others (mode ${(mode & 0o777).toString(8)})`;
    throw new RackhandError('key-exposed', what, `chmod 600 ${file}; if others had it, make a new key`);
  }
  return signerOf(parseSecret(text, file));
}

/**
 * The key of a file, made when it is not there; of two that make it at once the first one's stays.
 * @throws RackhandError key-unwritable, and those of readSigner
 */
export async function openSigner(file: string): Promise<{ signer: Signer; created: boolean }> {
  const there = await stat(file).catch((cause) => {
    if (errno(cause) === 'ENOENT') return undefined;
    throw unwritable(file, cause);
  });
  const created = there === undefined && (await createKey(file));
  return { signer: await readSigner(file), created };
}

/** @returns false when the file was there @throws RackhandError key-unwritable */
export async function createKey(file: string): Promise<boolean> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const folder = dirname(file);
  const temporary = join(folder, `.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(privateKey.export({ type: 'pkcs8', format: 'pem' }));
      await handle.sync();
    } finally {
      await handle.close();
    }
    // A second name, where a rename would take the place of a key that signed already.
    await link(temporary, file);
    await syncDirectory(folder);
    return true;
  } catch (cause) {
    if (errno(cause) === 'EEXIST') return false;
    throw unwritable(file, cause);
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** A public key given as its line or as a file. @throws RackhandError key-invalid */
export async function readPublicKey(given: string): Promise<PublicKey> {
  if (/^RW[A-Za-z0-9+/]{54}$/.test(given)) return parsePublicKey(given, 'the key');
  const text = await readFile(given, 'utf8').catch((cause) => {
    const mend = 'give the file of a public key, or its line that begins with RW';
    throw new RackhandError('key-invalid', `${given} cannot be read (${errno(cause)})`, mend, { cause });
  });
  return parsePublicKey(text, given);
}

/** The keys whose signatures count: the own one, and those that a person trusts. */
export async function trustedKeys(key: string, folder = keyFolder()): Promise<PublicKey[]> {
  const own = await readSigner(key).catch((error) => {
    if (error instanceof RackhandError && error.code === 'key-missing') return undefined;
    throw error;
  });
  const names = await readdir(join(folder, 'trusted')).catch(() => []);
  const files = names.filter((name) => name.endsWith('.pub')).sort();
  const others = await Promise.all(files.map((name) => readPublicKey(join(folder, 'trusted', name))));
  return own ? [own, ...others] : others;
}

/** Lays the public half beside the images, for whoever takes them elsewhere. Trust has to come another way. */
export async function publishKey(catalog: string, key: PublicKey): Promise<void> {
  await writeFileAtomic(join(catalog, `${keyId(key)}.pub`), formatPublicKey(key));
}

/** @returns the file that says so; removing it takes the trust back */
export async function trustKey(key: PublicKey, folder = keyFolder()): Promise<string> {
  const file = join(folder, 'trusted', `${keyId(key)}.pub`);
  await writeFileAtomic(file, formatPublicKey(key));
  return file;
}

function parseSecret(text: string, file: string): KeyObject {
  try {
    const key = createPrivateKey(text);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // Told below: OpenSSL's own words help nobody.
  }
  const mend = 'name a key that rackhand keys create made, or openssl genpkey -algorithm ed25519';
  throw new RackhandError('key-invalid', `${file} holds no Ed25519 key without a passphrase`, mend);
}

function unwritable(file: string, cause: unknown): RackhandError {
  const what = `no signing key can be made at ${file} (${errno(cause)})`;
  const mend = 'name a file whose folder can be written: --key FILE; or build unsigned: --no-sign';
  return new RackhandError('key-unwritable', what, mend, { cause });
}
