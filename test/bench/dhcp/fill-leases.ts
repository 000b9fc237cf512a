import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LeaseLog } from '../../../pxe-server/dhcp/leases/log.ts';
import { plannedLeases } from './plan.ts';

/** Leases of one commit. */
const BATCH = 10_000;
/** The log is never written anew here. */
const NOTHING = { size: Number.POSITIVE_INFINITY, kept: () => undefined };

/**
 * Writes the leases that our server starts with, by the server's own classes. The one place of the bench that knows how
 * leases are kept.
 */
export async function fillLeases(folder: string, count: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const log = new LeaseLog(join(folder, 'leases.log'), () => undefined);
  let waiting = 0;
  for (const { address, mac, expires } of plannedLeases(count)) {
    log.add({ address, client: mac, state: 'bound', expires: expires * 1000 });
    waiting += 1;
    if (waiting % BATCH === 0) log.commit(NOTHING);
  }
  if (log.waits) log.commit(NOTHING);
  log.close();
}
