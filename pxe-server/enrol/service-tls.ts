import { webcrypto, X509Certificate } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';
import { x509 } from '../certificates/x509.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** PEM. */
export interface ServiceTls {
  key: string;
  cert: string;
}

export function tlsOptions(tls: ServiceTls): SecureContextOptions {
  return { ...tls, minVersion: 'TLSv1.2' };
}

/** To be called now and then: replaces the certificate of an endpoint once half of its life is over. */
export function renewal(
  first: ServiceTls,
  make: () => Promise<ServiceTls>,
  install: (tls: ServiceTls) => void,
  now: () => Date,
): () => Promise<void> {
  let current = first;
  return async () => {
    if (now().getTime() < halfLife(current.cert)) return;
    current = await make();
    install(current);
  };
}

/** Milliseconds since 1970. */
function halfLife(pem: string): number {
  const { validFromDate, validToDate } = new X509Certificate(pem);
  return (validFromDate.getTime() + validToDate.getTime()) / 2;
}

/** A fresh key and certificate for an endpoint of ours; the key never leaves this process. */
export async function serviceTls(
  addresses: string[],
  issue: (request: { csr: string; dns: string[]; ip: string[] }) => Promise<{ certificate: string }>,
): Promise<ServiceTls> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: 'CN=rackhand',
    keys,
    signingAlgorithm: ALGORITHM,
  });
  const { certificate } = await issue({ csr: request.toString('pem'), dns: [], ip: addresses });
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const lines = key.match(/.{1,64}/g)!.join('\n');
  return { key: `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`, cert: certificate };
}
