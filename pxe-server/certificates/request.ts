import { PEM_REQUEST } from '../../builder/contract/fields.ts';
import { RackhandError } from '../../builder/shared/errors.ts';
import { sha256 } from '../../builder/shared/ids.ts';
import { x509 } from './x509.ts';

const LONGEST_REQUEST = 16384;
const MEND = 'send a PKCS #10 request in PEM, made with an EC P-256 key';

/**
 * The public key of a certificate request whose signature is right, and nothing else of it: names and
 * addresses in a request are claims of whoever wrote it.
 * @throws RackhandError csr-bad
 */
export async function publicKeyOf(csr: string): Promise<{ publicKey: x509.PublicKey; sha256: string }> {
  if (csr.length > LONGEST_REQUEST || !PEM_REQUEST.test(csr))
    throw bad('it is not a PEM certificate request');
  let request: x509.Pkcs10CertificateRequest;
  let algorithm: { name?: string; namedCurve?: string };
  try {
    request = new x509.Pkcs10CertificateRequest(csr);
    algorithm = request.publicKey.algorithm;
  } catch (cause) {
    throw bad('it cannot be decoded', cause);
  }
  if (algorithm.namedCurve !== 'P-256') throw bad('its key is not an EC P-256 key');
  if (!(await verified(request))) throw bad('its signature is wrong');
  return { publicKey: request.publicKey, sha256: sha256(new Uint8Array(request.publicKey.rawData)) };
}

async function verified(request: x509.Pkcs10CertificateRequest): Promise<boolean> {
  try {
    return await request.verify();
  } catch {
    return false; // a signature that is not even a signature
  }
}

function bad(why: string, cause?: unknown): RackhandError {
  return new RackhandError('csr-bad', `the certificate request is refused: ${why}`, MEND, { cause });
}
