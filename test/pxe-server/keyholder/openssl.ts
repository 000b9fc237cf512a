import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../../builder/shared/process/run.ts';

/** A key and a certificate request made by openssl, as on a host. */
export async function requestByOpenssl(
  options: { algorithm?: string[]; san?: string } = {},
): Promise<{ key: string; csr: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'rackhand-csr-'));
  const algorithm = options.algorithm ?? ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  try {
    await run([
      ...['openssl', 'req', '-new', ...algorithm, '-nodes', '-subj', '/CN=evil.example'],
      ...['-addext', `subjectAltName=${options.san ?? 'DNS:evil.example,IP:203.0.113.66'}`],
      ...['-keyout', join(folder, 'key'), '-out', join(folder, 'csr')],
    ]);
    return {
      key: await readFile(join(folder, 'key'), 'utf8'),
      csr: await readFile(join(folder, 'csr'), 'utf8'),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
