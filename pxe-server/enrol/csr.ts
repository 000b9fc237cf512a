import { RackhandError } from '../../builder/shared/errors.ts';
import { publicKeyOf } from '../certificates/request.ts';
import { RefusalError } from './refusal.ts';

/**
 * SHA-256 (hex) of the SubjectPublicKeyInfo in a certificate request whose own signature is valid.
 * @throws RefusalError csr-bad
 */
export async function csrPublicKey(pem: string): Promise<string> {
  try {
    return (await publicKeyOf(pem)).sha256;
  } catch (error) {
    if (error instanceof RackhandError) throw new RefusalError(400, error.code, error.message, error.mend);
    throw error;
  }
}
