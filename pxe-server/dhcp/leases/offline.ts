import { existsSync } from 'node:fs';
import { chown, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RackhandError } from '../../../builder/shared/errors.ts';
import { type Lock, tryLockFolder } from '../../../builder/shared/lock.ts';
import { ipv4Number } from '../../net/ipv4.ts';
import type { ServedSubnet } from '../schema.ts';
import { subnetStates } from '../subnets.ts';
import { LeaseDesk } from './desk.ts';
import type { Reservations } from './lease.ts';
import { LeaseLog } from './log.ts';
import { type LeaseOffice, officeOf } from './questions.ts';
import { type StoredLease, storedRecord } from './record.ts';
import { LeaseTable } from './table.ts';

export interface StoppedService {
  /** Folder of the DHCP role. */
  folder: string;
  subnets: ServedSubnet[];
  /** Our own addresses. */
  addresses: string[];
  reservations: Reservations;
}

/**
 * Works on the leases of a service that is stopped, under the lock that its DHCP role holds while it runs.
 * @throws RackhandError state-absent | leases-in-use | leases-broken | what the work throws
 */
export async function withLeasesOffline<T>(
  service: StoppedService,
  work: (office: LeaseOffice) => Promise<T>,
): Promise<T> {
  const lock = await lockOf(service.folder);
  try {
    return await workOn(service, work);
  } finally {
    await lock.release();
  }
}

async function lockOf(folder: string): Promise<Lock> {
  if (!existsSync(folder)) {
    const mend = 'start the service once with this configuration: it makes its folders';
    throw new RackhandError('state-absent', `there is no folder ${folder}`, mend);
  }
  const lock = await tryLockFolder(folder);
  if (lock) return lock;
  const mend = 'leave --offline out, or stop the service first';
  throw new RackhandError('leases-in-use', `the service works on the leases in ${folder}`, mend);
}

async function workOn<T>(service: StoppedService, work: (office: LeaseOffice) => Promise<T>): Promise<T> {
  const path = join(service.folder, 'leases.log');
  const subnets = subnetStates(service.subnets, service.addresses.map(ipv4Number));
  const table = new LeaseTable(subnets.map(({ pool }) => pool.network));
  const log = new LeaseLog(path, (stored: StoredLease) => table.loadStored(stored), storedRecord);
  try {
    const desk = new LeaseDesk({ table, log, subnets, reservations: service.reservations, now: Date.now });
    return await work(officeOf(async (question) => desk.ask(question)));
  } finally {
    log.close();
    await giveBack(path, service.folder);
  }
}

/** root makes files that the service's own account could not open. */
async function giveBack(path: string, folder: string): Promise<void> {
  const { uid, gid } = await stat(folder);
  if (process.getuid?.() === 0) await chown(path, uid, gid);
}
