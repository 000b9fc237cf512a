import { webcrypto } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../builder/shared/ids.ts';
import { publicKeyOf } from '../../../pxe-server/certificates/request.ts';
import { x509 } from '../../../pxe-server/certificates/x509.ts';
import { freshRequest, withWrongSignature } from '../enrol/request.ts';

type Algorithm = webcrypto.EcKeyGenParams | webcrypto.RsaHashedKeyGenParams;

const RSA = {
  ...{ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  ...{ modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
};

async function requestWith(algorithm: Algorithm): Promise<string> {
  const keys = (await webcrypto.subtle.generateKey(algorithm, false, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair;
  const signingAlgorithm = { hash: 'SHA-256', ...algorithm } as never;
  const request = await x509.Pkcs10CertificateRequestGenerator.create({ keys, signingAlgorithm });
  return request.toString('pem');
}

const refused = (csr: string, why: string) =>
  expect(publicKeyOf(csr)).rejects.toMatchObject({
    code: 'csr-bad',
    message: `the certificate request is refused: ${why}`,
  });

describe('a certificate request', () => {
  it('gives its key and the hash of it', async () => {
    const csr = await freshRequest();
    const { publicKey, sha256: hash } = await publicKeyOf(csr);
    expect(hash).toBe(sha256(new Uint8Array(publicKey.rawData)));
    expect((await publicKeyOf(csr)).sha256).toBe(hash);
    expect((await publicKeyOf(await freshRequest())).sha256).not.toBe(hash);
  });
  it.each<[string, Algorithm]>([
    ['RSA', RSA],
    ['P-384', { name: 'ECDSA', namedCurve: 'P-384' }],
  ])('with a %s key is refused', async (_name, algorithm) => {
    await refused(await requestWith(algorithm), 'its key is not an EC P-256 key');
  });
  it('that somebody else signed is refused', async () => {
    await refused(withWrongSignature(await freshRequest()), 'its signature is wrong');
  });
  it('of one key with the signature of another is refused', async () => {
    const [mine, theirs] = [await freshRequest(), await freshRequest()].map(
      (csr) => new x509.Pkcs10CertificateRequest(csr),
    );
    const der = Buffer.from(mine!.rawData);
    const at = (request: x509.Pkcs10CertificateRequest) => request.rawData.byteLength;
    expect(Math.abs(at(mine!) - at(theirs!))).toBeLessThan(4);
    const key = Buffer.from(mine!.publicKey.rawData);
    Buffer.from(theirs!.publicKey.rawData).copy(der, der.indexOf(key));
    await refused(x509.PemConverter.encode(der, 'CERTIFICATE REQUEST'), 'its signature is wrong');
  });
  it.each([
    ['nothing', () => '', 'it is not a PEM certificate request'],
    ['another text', () => 'hello', 'it is not a PEM certificate request'],
    [
      'a certificate',
      (csr: string) => csr.replaceAll('CERTIFICATE REQUEST', 'CERTIFICATE'),
      'it is not a PEM certificate request',
    ],
    ['text before it', (csr: string) => `x${csr}`, 'it is not a PEM certificate request'],
    ['too long', (csr: string) => csr + '\n'.repeat(16384), 'it is not a PEM certificate request'],
    ['cut off', (csr: string) => csr.replace(/\n[^\n]+\n[^\n]+\n(-----END)/, '\n$1'), 'it cannot be decoded'],
    [
      'no base64',
      (csr: string) => csr.replace(/[A-Za-z0-9+/=\n]{60}\n-----END/, '!!\n-----END'),
      'it cannot be decoded',
    ],
  ])('that is %s is refused', async (_name, spoil, why) => {
    await refused(spoil(await freshRequest()), why);
  });
});
