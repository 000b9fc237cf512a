import type { ApiClient } from '../api/client.ts';
import type { LeaseImportReply, LeaseList, LeaseQuery } from '../api/lease-schemas.ts';
import type { Format } from '../dhcp/formats/formats.ts';
import type { Overruled } from '../dhcp/leases/questions.ts';
import type { Host } from '../hosts/model.ts';

export interface ImportOrder {
  text: string;
  name: string;
  format?: Format | undefined;
  take: Overruled[];
  dryRun: boolean;
}

/** Where the commands get leases from: the service, or the state folder of one that is stopped. */
export interface LeaseSource {
  list(query: LeaseQuery): Promise<LeaseList>;
  release(which: string): Promise<{ released: { address: string; client: string }[] }>;
  import(order: ImportOrder): Promise<LeaseImportReply>;
  /** Name, MACs and reserved address of each host. */
  hosts(): Promise<Pick<Host, 'name' | 'macs' | 'address'>[]>;
}

export function leasesOfService(api: ApiClient): LeaseSource {
  return {
    async list(query) {
      const given = Object.entries(query).filter(([, value]) => value !== undefined);
      const text = new URLSearchParams(
        given.map(([key, value]): [string, string] => [key, String(value)]),
      ).toString();
      return (await api.get(`/leases?${text}`)) as LeaseList;
    },
    release: async (which) =>
      (await api.delete(`/leases/${encodeURIComponent(which)}`)) as Awaited<
        ReturnType<LeaseSource['release']>
      >,
    import: async (order) => (await api.post('/leases/import', order)) as LeaseImportReply,
    hosts: async () => ((await api.get('/hosts')) as { hosts: Host[] }).hosts,
  };
}
