import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readBootCertificate } from '../../../pxe-server/config/boot-certificate.ts';
import { type ServiceTls, serviceTls } from '../../../pxe-server/enrol/service-tls.ts';
import { freshKeys, type Keys } from '../enrol/desk.ts';

let folder: string;
let keys: Keys;
let tls: ServiceTls;
let paths: { certificate: string; key: string };
const NOW = new Date();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-certificate-'));
  keys = await freshKeys();
  const fresh = () =>
    serviceTls(['192.0.2.1', 'fd00:52::1'], async ({ csr, dns, ip }) => ({
      certificate: await keys.holder.issueService(csr, { dns, ip }),
    }));
  tls = await fresh();
  paths = { certificate: join(folder, 'boot.pem'), key: join(folder, 'boot.key') };
  await writeFile(paths.certificate, tls.cert);
  await writeFile(paths.key, tls.key);
  await writeFile(join(folder, 'other.key'), (await fresh()).key);
  await writeFile(join(folder, 'text'), 'hello\n');
});
afterAll(async () => {
  await keys.remove();
  await rm(folder, { recursive: true, force: true });
});

it('one that is good for every address', async () => {
  expect(await readBootCertificate(paths, ['192.0.2.1', 'fd00:52::1'], NOW)).toEqual(tls);
});
it.each<[string, { certificate?: string; key?: string; address?: string; years?: number }, object]>([
  ['absent', { certificate: 'absent' }, { code: 'certificate-unusable' }],
  ['no certificate', { certificate: 'text' }, { code: 'certificate-unusable' }],
  ['no key', { key: 'text' }, { code: 'certificate-unusable' }],
  ['key absent', { key: 'absent' }, { code: 'certificate-unusable' }],
  ['another’s key', { key: 'other.key' }, { code: 'certificate-unfit' }],
  ['another address', { address: '192.0.2.9' }, { mend: expect.stringContaining('IP:192.0.2.9') }],
  ['ended', { years: 20 }, { code: 'certificate-unfit', mend: 'renew it' }],
])('%s', async (_what, { address = '192.0.2.1', years = 0, ...named }, refusal) => {
  const files = Object.fromEntries(Object.entries(named).map(([what, name]) => [what, join(folder, name)]));
  const now = new Date(NOW.getTime() + years * 366 * 24 * 3_600_000);
  await expect(readBootCertificate({ ...paths, ...files }, [address], now)).rejects.toMatchObject(refusal);
});
