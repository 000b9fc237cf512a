import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { importLeases, type LeaseBook, leaseList, releaseLeases } from '../api/lease-views.ts';
import { loadConfiguration } from '../config/load.ts';
import { servedSubnets } from '../config/served-subnets.ts';
import { withLeasesOffline } from '../dhcp/leases/offline.ts';
import { reservationsOf } from '../dhcp/reservations.ts';
import { type Entry, Journal } from '../events/journal.ts';
import { readHosts } from '../hosts/host-store.ts';
import type { Host } from '../hosts/model.ts';
import { openStore, type Store } from '../store/database.ts';
import type { LeaseSource } from './lease-source.ts';

/**
 * Does some work on the state folder of a configuration, with the service stopped.
 * @throws RackhandError config-absent | config-invalid | state-absent | leases-in-use | leases-broken
 */
export async function withStoppedService<T>(
  configPath: string,
  work: (source: LeaseSource) => Promise<T>,
): Promise<T> {
  const { state, provisioning } = await loadConfiguration(configPath);
  const served = servedSubnets(provisioning).filter(({ proxy }) => !proxy);
  const database = join(state, 'control', 'control.db');
  const store = existsSync(database) ? await openStore(database) : undefined;
  try {
    const hosts = store ? await readHosts(store) : [];
    const service = {
      ...{ folder: join(state, 'dhcp'), subnets: served, reservations: reservationsOf(hosts) },
      addresses: provisioning.interfaces.map(({ address }) => address),
    };
    return await withLeasesOffline(service, (office) =>
      work(offline({ office, subnets: served }, hosts, store)),
    );
  } finally {
    await store?.destroy();
  }
}

function offline(book: LeaseBook, hosts: readonly Host[], store: Store | undefined): LeaseSource {
  const note = async (entries: Pick<Entry, 'message' | 'mac' | 'hostId'>[]) => {
    if (store)
      await new Journal(store).recordAll(
        entries.map((entry) => ({ kind: 'lease', severity: 'notice', ...entry })),
      );
  };
  return {
    list: (query) => leaseList(book, hosts, query),
    async release(which) {
      const released = await releaseLeases(book, which);
      await note(
        released.map(({ address, client }) => ({
          mac: client.startsWith('id:') ? null : client,
          hostId: hosts.find(({ macs }) => macs.includes(client))?.id ?? null,
          message: `${address}: lease of ${client} taken back by a person, with the service stopped`,
        })),
      );
      return { released };
    },
    async import(order) {
      const { file, ...reply } = await importLeases(book, order);
      const message = `${reply.taken} leases of ${file.leases.length} in ${order.name} imported by a person, with the service stopped`;
      if (reply.taken > 0 && !order.dryRun) await note([{ mac: null, hostId: null, message }]);
      return reply;
    },
    hosts: async () => [...hosts],
  };
}
