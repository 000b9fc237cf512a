import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LeaseFile } from '../../../pxe-server/dhcp/lease-file.ts';
import { plannedLeases } from './plan.ts';

/** Rows of one commit. */
const BATCH = 10_000;

/**
 * Writes the lease database that our server starts with, by the server's own classes. The one place of the bench
 * that knows how leases are kept.
 */
export async function fillLeases(folder: string, count: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const file = new LeaseFile(join(folder, 'leases.db'));
  let batch: Parameters<LeaseFile['save']>[0][number][] = [];
  const flush = () =>
    new Promise<void>((resolve, reject) => {
      file.save(batch, (error) => (error ? reject(error) : resolve()));
      file.flush();
      batch = [];
    });
  for (const { address, mac, expires } of plannedLeases(count)) {
    batch.push({ address, client: mac, state: 'bound', expires: expires * 1000 });
    if (batch.length === BATCH) await flush();
  }
  await flush();
  file.close();
}
