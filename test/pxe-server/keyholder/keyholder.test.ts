import { X509Certificate } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../../builder/shared/ids.ts';
import { publicKeyOf } from '../../../pxe-server/certificates/request.ts';
import { openKeyHolder } from '../../../pxe-server/keyholder/keyholder.ts';
import { freshRequest } from '../enrol/request.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-keyholder-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = () => openKeyHolder({ folder: join(folder, 'keys') });
const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

describe('the key holder', () => {
  it('keeps its keys to itself', async () => {
    await open();
    const files = await readdir(join(folder, 'keys'), { recursive: true, withFileTypes: true });
    const modes = await Promise.all(
      files.map(async (file) => [file.name, await modeOf(join(file.parentPath, file.name))]),
    );
    expect(Object.fromEntries(modes)).toEqual({
      'service-ca.pem': 0o600,
      'hosts-ca.pem': 0o600,
      'clients-ca.pem': 0o600,
      manager: 0o700,
      'cacert.pem': 0o600,
      'clientcert.pem': 0o600,
      'clientkey.pem': 0o600,
    });
    expect(await modeOf(join(folder, 'keys'))).toBe(0o700);
  });
  it('closes a folder that was left open', async () => {
    await open();
    await chmod(join(folder, 'keys'), 0o755);
    await open();
    expect(await modeOf(join(folder, 'keys'))).toBe(0o700);
  });
  it('makes its authorities once; three of them, none like another', async () => {
    const [first, second] = [await open(), await open()];
    expect(second.serviceCa()).toBe(first.serviceCa());
    expect(second.clientCa()).toBe(first.clientCa());
    expect(second.serviceCaFingerprint()).toBe(sha256(new X509Certificate(first.serviceCa()).raw));
    const hosts = await readFile(join(folder, 'keys/manager/cacert.pem'), 'utf8');
    const subjects = [first.serviceCa(), hosts, first.clientCa()].map(
      (pem) => new X509Certificate(pem).subject,
    );
    expect(subjects).toEqual([
      expect.stringMatching(/^CN=Rackhand service CA [0-9a-f]{8}$/),
      expect.stringMatching(/^CN=Rackhand hosts CA [0-9a-f]{8}$/),
      expect.stringMatching(/^CN=Rackhand clients CA [0-9a-f]{8}$/),
    ]);
  });
  it.each([
    ['empty', () => ''],
    ['without its key', (text: string) => text.slice(text.indexOf('-----BEGIN CERTIFICATE'))],
    ['without its certificate', (text: string) => text.slice(0, text.indexOf('-----BEGIN CERTIFICATE'))],
    ['spoilt', (text: string) => text.replace(/[A-Za-z0-9+/]{20}/, '!')],
  ])('refuses to start with an authority that is %s, and does not replace it', async (_how, spoil) => {
    await open();
    const path = join(folder, 'keys/hosts-ca.pem');
    const spoilt = spoil(await readFile(path, 'utf8'));
    await writeFile(path, spoilt);
    await expect(open()).rejects.toMatchObject({ code: 'ca-damaged' });
    expect(await readFile(path, 'utf8')).toBe(spoilt);
  });
  it('names the hash of the key that it signed for, and when the certificate ends', async () => {
    const csr = await freshRequest();
    const holder = await open();
    const signed = await holder.signHost({ csr, hostName: 'node1.rack.example', addresses: ['192.0.2.1'] });
    expect(signed.publicKeySha256).toBe((await publicKeyOf(csr)).sha256);
    expect(signed.notAfter).toBe(new X509Certificate(signed.certificate).validToDate.toISOString());
  });
  it.each([
    ['a host name in capitals', 'Node1', ['192.0.2.1']],
    ['a host name with a blank', 'node 1', ['192.0.2.1']],
    ['a wildcard', '*.example', ['192.0.2.1']],
    ['no host name', '', ['192.0.2.1']],
    ['an address that is a name', 'node1', ['other.example']],
    ['a network', 'node1', ['192.0.2.0/24']],
  ])('signs nothing for %s', async (_what, hostName, addresses) => {
    const holder = await open();
    const request = { csr: await freshRequest(), hostName, addresses };
    await expect(holder.signHost(request)).rejects.toMatchObject({ code: 'names-bad' });
  });
});
