import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { RackhandError } from '../../builder/shared/errors.ts';

/** PEM. */
export interface GivenTls {
  key: string;
  cert: string;
}

/**
 * The site's own certificate for HTTPS boot, its chain after it.
 * @param addresses that machines ask at: the certificate must be good for each
 * @throws RackhandError certificate-unusable | certificate-unfit
 */
export async function readBootCertificate(
  { certificate, key }: { certificate: string; key: string },
  addresses: readonly string[],
  now: Date,
): Promise<GivenTls> {
  const unusable = (path: string, cause: unknown) => {
    const what = `${path} cannot be used for httpsBoot: ${(cause as Error).message}`;
    return new RackhandError('certificate-unusable', what, 'name a certificate and its key, both PEM', {
      cause,
    });
  };
  const cert = await readFile(certificate, 'utf8').catch((cause) => {
    throw unusable(certificate, cause);
  });
  const secret = await readFile(key, 'utf8').catch((cause) => {
    throw unusable(key, cause);
  });
  const parsed = attempt(
    () => new X509Certificate(cert),
    (cause) => unusable(certificate, cause),
  );
  const fits = attempt(
    () => parsed.checkPrivateKey(createPrivateKey(secret)),
    (cause) => unusable(key, cause),
  );
  const unfit = (what: string, mend: string) =>
    new RackhandError('certificate-unfit', `${certificate} ${what}`, mend);
  if (!fits) throw unfit(`is not of the key in ${key}`, 'name the key that it was made for');
  if (parsed.validToDate <= now) throw unfit(`ended on ${parsed.validTo}`, 'renew it');
  for (const address of addresses)
    if (parsed.checkIP(address) === undefined)
      throw unfit(
        `is not good for ${address}, by which machines ask`,
        `have it made with the subject alternative name IP:${address}`,
      );
  return { key: secret, cert };
}

function attempt<T>(make: () => T, refuse: (cause: unknown) => RackhandError): T {
  try {
    return make();
  } catch (cause) {
    throw refuse(cause);
  }
}
