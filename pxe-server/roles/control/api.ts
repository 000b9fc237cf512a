import { join } from 'node:path';
import type { LeaseBook } from '../../api/lease-views.ts';
import { apiServer } from '../../api/server.ts';
import { apiTokenName, firstApiToken } from '../../api/tokens.ts';
import { imageView } from '../../api/views.ts';
import { baseUrl } from '../../boot/answer.ts';
import { officeOf } from '../../dhcp/leases/questions.ts';
import { mintForMedium } from '../../enrol/media.ts';
import type { TemplateDesk } from '../../templates/desk.ts';
import type { TraceDesk } from '../../trace/desk.ts';
import { loadUi } from '../../ui/files.ts';
import type { BootCalls, DhcpCalls } from '../messages.ts';
import type { RoleProcess } from '../role.ts';
import type { Announcer } from './announcer.ts';
import type { Books } from './books.ts';
import type { ImageWatch } from './image-watch.ts';
import type { ControlSettings } from './settings.ts';

interface Parts {
  startedAt: string;
  books: Books;
  watch: ImageWatch;
  announcer: Announcer;
  desk: TraceDesk;
  templates: TemplateDesk;
}

/**
 * The API and the page on the socket `api`; makes the first token.
 * @returns what ends it
 */
export async function serveApi(
  { settings, sockets, link }: RoleProcess<ControlSettings>,
  { startedAt, books, watch, announcer, desk, templates }: Parts,
): Promise<() => Promise<void>> {
  const { store, registry, journal, pairing, identity, prover, now, onInternal } = books;
  await firstApiToken(store, join(settings.state, 'api-token'), now());
  const leases: LeaseBook = {
    office: officeOf((question) => link.call<DhcpCalls['leases']['reply']>('dhcp', 'leases', question)),
    subnets: settings.served,
  };
  // Media and people at a console reach the service by IPv4, which every provisioning interface has.
  const typed = settings.addresses.filter((address) => !address.includes(':'));
  const api = await apiServer(
    {
      ...{ version: settings.version, startedAt, registry, journal, pairing, templates, onInternal },
      images: () => ({ images: watch.images.map(imageView), default: settings.defaultImage }),
      offer: () => ({ ...settings, kickstarts: announcer.kickstarts(), images: announcer.images() }),
      servers: typed.map((address) => `${address}:${settings.httpsPort}`),
      caFingerprint: identity.fingerprint,
      serviceCa: identity.serviceCa,
      imageServers: typed.map((address) => baseUrl({ address, httpPort: settings.httpPort })),
      traces: desk,
      mintForMedium: (host, days) => mintForMedium({ store, registry, now }, host, days),
      leases: settings.served.length > 0 ? leases : null,
      queue: (question) => link.call<BootCalls['queue']['reply']>('boot', 'queue', question),
      tokenName: (hash) => apiTokenName(store, hash),
      plan: (question) => link.call<BootCalls['plan']['reply']>('boot', 'plan', question),
      probe: (host) => prover.enqueue(host.id),
    },
    loadUi(),
  );
  await api.ready();
  api.server.listen({ fd: sockets.api! });
  return () => api.close();
}
