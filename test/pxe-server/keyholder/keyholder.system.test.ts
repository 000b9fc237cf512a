import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../../builder/shared/process/run.ts';
import { serviceTls } from '../../../pxe-server/enrol/service-tls.ts';
import { type KeyHolder, openKeyHolder } from '../../../pxe-server/keyholder/keyholder.ts';
import { requestByOpenssl } from './openssl.ts';

const DAY = 24 * 3600_000;
let folder: string;
let holder: KeyHolder;
const path = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-openssl-'));
  holder = await openKeyHolder({ folder: path('keys') });
  await writeFile(path('service-ca'), holder.serviceCa());
  await writeFile(path('clients-ca'), holder.clientCa());
  await writeFile(path('hosts-ca'), await readFile(path('keys/manager/cacert.pem')));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function put(name: string, pem: string): Promise<string> {
  await writeFile(path(name), pem);
  return path(name);
}

/** True when openssl accepts the certificate for that purpose under that authority. */
async function accepts(authority: string, certificate: string, ...options: string[]): Promise<boolean> {
  const argv = ['openssl', 'verify', '-x509_strict', '-CAfile', path(authority), ...options, certificate];
  return (await run(argv, { okCodes: [0, 2] })).code === 0;
}

async function shown(certificate: string, ...what: string[]): Promise<string> {
  const argv = ['openssl', 'x509', '-in', certificate, '-noout', '-nameopt', 'RFC2253', ...what];
  return (await run(argv)).stdout.replace(/ +$/gm, '');
}

async function times(certificate: string): Promise<{ notBefore: number; notAfter: number }> {
  const text = await shown(certificate, '-dates');
  const time = (name: string) => Date.parse(new RegExp(`^${name}=(.*)$`, 'm').exec(text)![1]!);
  return { notBefore: time('notBefore'), notAfter: time('notAfter') };
}

describe('an authority', () => {
  it.each(['service-ca', 'hosts-ca', 'clients-ca'])(
    '%s signs itself, and end certificates only',
    async (name) => {
      expect(await accepts(name, path(name))).toBe(true);
      const text = await shown(path(name), '-ext', 'basicConstraints,keyUsage,subjectKeyIdentifier');
      expect(text).toMatch(/Basic Constraints: critical\s+CA:TRUE, pathlen:0/);
      expect(text).toMatch(/Key Usage: critical\s+Certificate Sign, CRL Sign/);
      expect(text).toContain('Subject Key Identifier');
    },
  );
});

describe("a host's certificate", () => {
  let certificate: string;
  const asked = Date.now();
  beforeAll(async () => {
    const { csr } = await requestByOpenssl();
    const signed = await holder.signHost({
      ...{ csr, hostName: 'node1.rack.example' },
      addresses: ['192.0.2.10', '2001:db8::10', '192.0.2.10'],
    });
    certificate = await put('host', signed.certificate);
  });
  it('is good for a TLS server under the authority of hosts, and for nothing else', async () => {
    expect(await accepts('hosts-ca', certificate, '-purpose', 'sslserver')).toBe(true);
    expect(await accepts('hosts-ca', certificate, '-purpose', 'sslclient')).toBe(false);
    expect(await accepts('clients-ca', certificate)).toBe(false);
    expect(await accepts('service-ca', certificate)).toBe(false);
  });
  it('names the host and its addresses, whatever the request named', async () => {
    expect(await shown(certificate, '-subject')).toBe('subject=CN=node1.rack.example\n');
    expect(await shown(certificate, '-ext', 'subjectAltName,extendedKeyUsage,basicConstraints')).toBe(
      `X509v3 Basic Constraints: critical
    CA:FALSE
X509v3 Extended Key Usage:
    TLS Web Server Authentication
X509v3 Subject Alternative Name:
    DNS:node1.rack.example, IP Address:192.0.2.10, IP Address:2001:DB8:0:0:0:0:0:10
`,
    );
    const name = (option: string, value: string) =>
      accepts('hosts-ca', certificate, '-purpose', 'sslserver', option, value);
    expect(await name('-verify_ip', '192.0.2.10')).toBe(true);
    expect(await name('-verify_ip', '2001:db8::10')).toBe(true);
    expect(await name('-verify_hostname', 'node1.rack.example')).toBe(true);
    expect(await name('-verify_hostname', 'evil.example')).toBe(false);
    expect(await name('-verify_ip', '203.0.113.66')).toBe(false);
  });
  it('holds for clocks that are a day behind, and for thirty days', async () => {
    const { notBefore, notAfter } = await times(certificate);
    expect(Math.abs(notBefore - (asked - DAY))).toBeLessThan(60_000);
    expect(Math.abs(notAfter - (asked + 30 * DAY))).toBeLessThan(60_000);
    const at = (time: number) => ['-attime', `${Math.floor(time / 1000)}`];
    expect(await accepts('hosts-ca', certificate, ...at(asked - DAY + 60_000))).toBe(true);
    expect(await accepts('hosts-ca', certificate, ...at(asked + 31 * DAY))).toBe(false);
  });
  it('with a name of more than 64 characters has it in full as alternative name', async () => {
    const { csr } = await requestByOpenssl();
    const hostName = `${'a'.repeat(40)}.${'b'.repeat(40)}.example`;
    const signed = await holder.signHost({ csr, hostName, addresses: ['192.0.2.11'] });
    const long = await put('long', signed.certificate);
    expect(await shown(long, '-subject')).toBe(`subject=CN=${hostName.slice(0, 64)}\n`);
    expect(await accepts('hosts-ca', long, '-verify_hostname', hostName)).toBe(true);
  });
  it.each([
    ['RSA', ['-newkey', 'rsa:2048']],
    ['Ed25519', ['-newkey', 'ed25519']],
    ['P-384', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384']],
  ])('is not made for a key of openssl that is %s', async (_name, algorithm) => {
    const { csr } = await requestByOpenssl({ algorithm });
    const request = { csr, hostName: 'node1', addresses: ['192.0.2.10'] };
    await expect(holder.signHost(request)).rejects.toMatchObject({ code: 'csr-bad' });
  });
});

describe("the manager's certificate", () => {
  it('is good for a TLS client under the authority of clients, and for nothing else', async () => {
    const certificate = path('keys/manager/clientcert.pem');
    expect(await accepts('clients-ca', certificate, '-purpose', 'sslclient')).toBe(true);
    expect(await accepts('clients-ca', certificate, '-purpose', 'sslserver')).toBe(false);
    expect(await accepts('hosts-ca', certificate)).toBe(false);
    expect(await shown(certificate, '-subject')).toBe('subject=CN=rackhand-manager\n');
    expect(holder.managerDn()).toBe('CN=rackhand-manager');
    const key = await run(['openssl', 'pkey', '-in', path('keys/manager/clientkey.pem'), '-pubout']);
    expect(await shown(certificate, '-pubkey')).toBe(key.stdout);
  });
});

describe("the agents' endpoint", () => {
  it('is verified by curl with our authority, at its address only', async () => {
    const tls = await serviceTls(['127.0.0.1'], async ({ csr, dns, ip }) => ({
      certificate: await holder.issueService(csr, { dns, ip }),
    }));
    const server = createServer(tls, (socket) => {
      socket.on('error', () => undefined);
      socket.end('HTTP/1.0 200 OK\r\n\r\nverified');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const fetched = (authority: string, host: string) =>
      run(
        [
          ...['curl', '-q', '--silent', '--noproxy', '*', '--max-time', '10', '--cacert', path(authority)],
          ...['--resolve', `elsewhere.example:${port}:127.0.0.1`, `https://${host}:${port}/`],
        ],
        { okCodes: [0, 60] },
      );
    try {
      expect(await fetched('service-ca', '127.0.0.1')).toMatchObject({ code: 0, stdout: 'verified' });
      expect(await fetched('hosts-ca', '127.0.0.1')).toMatchObject({ code: 60 });
      expect(await fetched('service-ca', 'elsewhere.example')).toMatchObject({ code: 60 });
    } finally {
      server.close();
    }
  });
});

describe('closing', () => {
  it('cancels a probe that waits for its host, and is done when the probe is', async () => {
    const closing = await openKeyHolder({ folder: path('closing') });
    // Nothing listens there: the probe goes on trying.
    const host = { name: 'node1', address: '127.0.0.1', nonce: '0123456789abcdef' };
    let ended = '';
    closing
      .probe(host, () => undefined)
      .then(
        () => {
          ended = 'proved';
        },
        (error) => {
          ended = error.code;
        },
      );
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(ended).toBe('');
    await closing.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).toBe('cancelled');
  });
});
