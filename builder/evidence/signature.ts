import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { RackhandError } from '../shared/errors.ts';

/**
 * Keys and signatures as minisign has them (jedisct1.github.io/minisign, "Signature format"): Ed25519 over the
 * BLAKE2b-512 digest of the file, and once more over that signature with a comment that is trusted by it.
 */

export interface PublicKey {
  /** Eight bytes by which a signature names its key. */
  number: Buffer;
  key: KeyObject;
}

export interface Signer extends PublicKey {
  secret: KeyObject;
}

export type Checked =
  | { result: 'good'; by: PublicKey; comment: string }
  /** No signature of this format. */
  | { result: 'malformed' }
  /** By a key that is not among those trusted. */
  | { result: 'stranger'; id: string }
  /** The key is trusted, and did not sign these bytes, or this comment. */
  | { result: 'wrong'; by: PublicKey; what: 'content' | 'comment' };

const UNTRUSTED = 'untrusted comment: ';
const TRUSTED = 'trusted comment: ';
/** Of a public key, and of a signature over a digest. */
const [KEY_ALGORITHM, DIGEST_ALGORITHM] = [Buffer.from('Ed'), Buffer.from('ED')];

/** The key's number as minisign prints it. */
export function keyId({ number }: Pick<PublicKey, 'number'>): string {
  return Buffer.from(number).reverse().toString('hex').toUpperCase();
}

/** @param secret an Ed25519 key; its number comes from its public half, so that nothing else need be kept */
export function signerOf(secret: KeyObject): Signer {
  const key = createPublicKey(secret);
  return { secret, key, number: createHash('sha256').update(rawKey(key)).digest().subarray(0, 8) };
}

/** One line that names a key wholly: "RW…". */
export function keyLine({ number, key }: PublicKey): string {
  return Buffer.concat([KEY_ALGORITHM, number, rawKey(key)]).toString('base64');
}

/** The text of a public key's file. */
export function formatPublicKey(key: PublicKey): string {
  return `${UNTRUSTED}minisign public key ${keyId(key)}\n${keyLine(key)}\n`;
}

/**
 * A public key from its file's text or its one line.
 * @param from what it is called in the error
 * @throws RackhandError key-invalid
 */
export function parsePublicKey(text: string, from: string): PublicKey {
  const lines = text.trimEnd().split(/\r?\n/);
  const bytes = decode(lines.length === 2 && lines[0]!.startsWith(UNTRUSTED) ? lines[1]! : text.trim());
  if (bytes?.length === 42 && bytes.subarray(0, 2).equals(KEY_ALGORITHM)) {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: bytes.subarray(10).toString('base64url') };
    return { number: bytes.subarray(2, 10), key: createPublicKey({ key: jwk, format: 'jwk' }) };
  }
  const mend = 'name a public key of minisign: a .pub file, or its line that begins with RW';
  throw new RackhandError('key-invalid', `${from} is no public key of minisign`, mend);
}

/** The text of a signature's file. @param comment one line; trusted, since it is signed too */
export function signFile(content: Uint8Array, signer: Signer, comment: string): string {
  const signature = sign(null, digest(content), signer.secret);
  const global = sign(null, Buffer.concat([signature, Buffer.from(comment)]), signer.secret);
  return [
    `${UNTRUSTED}signature by key ${keyId(signer)}`,
    Buffer.concat([DIGEST_ALGORITHM, signer.number, signature]).toString('base64'),
    `${TRUSTED}${comment}`,
    `${global.toString('base64')}\n`,
  ].join('\n');
}

/** Whether one of the keys signed this content. */
export function checkFile(content: Uint8Array, signature: string, trusted: readonly PublicKey[]): Checked {
  const [first = '', line = '', third = '', last = ''] = signature.trimEnd().split(/\r?\n/);
  const [bytes, global] = [decode(line), decode(last)];
  const framed = first.startsWith(UNTRUSTED) && third.startsWith(TRUSTED);
  if (!framed || bytes?.length !== 74 || global?.length !== 64) return { result: 'malformed' };
  if (!bytes.subarray(0, 2).equals(DIGEST_ALGORITHM)) return { result: 'malformed' };
  const number = bytes.subarray(2, 10);
  const by = trusted.find((key) => key.number.equals(number));
  if (!by) return { result: 'stranger', id: keyId({ number }) };
  const own = bytes.subarray(10);
  if (!verify(null, digest(content), by.key, own)) return { result: 'wrong', by, what: 'content' };
  const comment = third.slice(TRUSTED.length);
  const good = verify(null, Buffer.concat([own, Buffer.from(comment)]), by.key, global);
  return good ? { result: 'good', by, comment } : { result: 'wrong', by, what: 'comment' };
}

function digest(content: Uint8Array): Buffer {
  return createHash('blake2b512').update(content).digest();
}

/** The 32 bytes of a public key. */
function rawKey(key: KeyObject): Buffer {
  return Buffer.from(key.export({ format: 'jwk' }).x!, 'base64url');
}

/** Bytes of canonical base64, or undefined. */
function decode(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length > 0 && bytes.toString('base64') === text ? bytes : undefined;
}
