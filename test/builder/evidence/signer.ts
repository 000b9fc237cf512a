import { createPrivateKey } from 'node:crypto';
import { type Signer, signerOf } from '../../../builder/evidence/signature.ts';

/** PKCS#8 of an Ed25519 key up to its seed (RFC 8410 section 7). */
const PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A key that is the same in each run. */
export function testSigner(seed: number): Signer {
  const der = Buffer.concat([PREFIX, Buffer.alloc(32, seed)]);
  return signerOf(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
}
