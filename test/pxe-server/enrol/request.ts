import { webcrypto } from 'node:crypto';
import type { RegisterRequest } from '../../../builder/contract/agent-protocol.ts';
import { Inventory } from '../../../builder/contract/inventory.ts';
import { x509 } from '../../../pxe-server/certificates/x509.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A certificate request (PEM) for a fresh P-256 key. */
export async function freshRequest(): Promise<string> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, false, ['sign', 'verify']);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: 'CN=evil.example',
    keys,
    signingAlgorithm: ALGORITHM,
  });
  return request.toString('pem');
}

/** The same request, the last byte of its signature changed. */
export function withWrongSignature(csr: string): string {
  const der = Buffer.from(csr.replace(/-----[^-]+-----/g, ''), 'base64');
  der[der.length - 1] = der[der.length - 1]! ^ 1;
  return x509.PemConverter.encode(der, 'CERTIFICATE REQUEST');
}

export function inventory(mac: string, change: Partial<Inventory> = {}): Inventory {
  return Inventory.parse({
    uuid: '',
    serial: '',
    vendor: 'QEMU',
    product: 'Standard PC',
    firmware: 'bios',
    secureBoot: false,
    cpu: { model: 'EPYC', count: 2, flags: ['svm'] },
    memory: 2048,
    kvm: true,
    disks: [],
    nics: [{ name: 'eth0', mac, driver: 'virtio_net', pci: '1af4:1000', link: true }],
    addresses: ['192.0.2.11'],
    kernel: '5.14.0',
    image: '',
    agent: '0.1.0',
    ...change,
  });
}

export async function registration(mac: string, change: Partial<Inventory> = {}): Promise<RegisterRequest> {
  return { inventory: inventory(mac, change), csr: await freshRequest() };
}
