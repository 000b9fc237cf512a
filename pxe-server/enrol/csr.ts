import * as x509 from '@peculiar/x509';
import { sha256 } from '../../builder/shared/ids.ts';
import { RefusalError } from './refusal.ts';

/**
 * SHA-256 (hex) of the SubjectPublicKeyInfo in a certificate request whose own signature is valid.
 * @throws RefusalError csr-invalid
 */
export async function csrPublicKey(pem: string): Promise<string> {
  try {
    const request = new x509.Pkcs10CertificateRequest(pem);
    if (await request.verify()) return sha256(new Uint8Array(request.publicKey.rawData));
  } catch {
    // said below
  }
  throw new RefusalError(
    400,
    'csr-invalid',
    'the certificate request is not valid',
    'make a new key and request',
  );
}
