import { RackhandError } from '../../builder/shared/errors.ts';
import * as shapes from './lease-schemas.ts';
import { importLeases, type LeaseBook, leaseList, releaseLeases } from './lease-views.ts';
import { type Api, type ApiContext, described } from './routes.ts';

/** Leases: they are the DHCP role's; hosts and events are ours. */
export function leaseRoutes(api: Api, { registry, journal, leases }: ApiContext): void {
  api.get(
    '/leases',
    {
      schema: {
        ...described('Leases by address, page by page', shapes.LeaseList),
        querystring: shapes.LeaseQuery,
      },
    },
    (request) => leaseList(bookOf(leases), registry.list(), request.query),
  );
  api.delete(
    '/leases/:lease',
    {
      schema: {
        ...described(
          'Take back a lease: the address is free at once, its machine is not told',
          shapes.LeasesReleased,
        ),
        params: shapes.LeaseParams,
      },
    },
    async (request) => {
      const released = await releaseLeases(bookOf(leases), request.params.lease);
      await journal.recordAll(
        released.map(({ address, client }) => ({
          ...{ kind: 'lease', severity: 'notice' as const, mac: client.startsWith('id:') ? null : client },
          hostId: registry.list().find(({ macs }) => macs.includes(client))?.id ?? null,
          message: `${address}: lease of ${client} taken back by a person, from ${request.ip}`,
        })),
      );
      return { released };
    },
  );
  api.post(
    '/leases/import',
    {
      bodyLimit: 2 * shapes.LEASE_FILE_BYTES,
      schema: {
        ...described(
          'Take over the leases of a file of Kea, ISC dhcpd or dnsmasq: all or none',
          shapes.LeaseImportReply,
        ),
        body: shapes.LeaseImportRequest,
      },
    },
    async (request) => {
      const { file, ...reply } = await importLeases(atMost(bookOf(leases)), request.body);
      if (reply.taken > 0 && !request.body.dryRun) {
        const rest = reply.leftOut.length > 0 ? `, ${reply.leftOut.length} left out` : '';
        const message = `${reply.taken} leases of ${file.leases.length} in ${request.body.name} imported by a person, from ${request.ip}${rest}`;
        await journal.record({ kind: 'lease', severity: 'notice', hostId: null, mac: null, message });
      }
      return reply;
    },
  );
}

function bookOf(book: LeaseBook | null): LeaseBook {
  if (book) return book;
  const mend = 'name a subnet of an interface in the configuration: provisioning.interfaces[].subnet';
  throw new RackhandError('dhcp-off', 'no addresses are given here', mend);
}

/** Machines get no answer while leases are imported: no more than a fraction of a second. */
function atMost(book: LeaseBook): LeaseBook {
  return {
    ...book,
    office: {
      ...book.office,
      import(leases, take, dryRun) {
        if (leases.length <= shapes.LEASES_AT_ONCE) return book.office.import(leases, take, dryRun);
        const what = `${leases.length} leases are more than ${shapes.LEASES_AT_ONCE}`;
        const mend =
          'import them in several files, or with the service stopped: rackhand leases import --offline CONFIG';
        throw new RackhandError('leases-invalid', what, mend);
      },
    },
  };
}
