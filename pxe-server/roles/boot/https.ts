import type { FastifyInstance } from 'fastify';
import type { BootEndpoint } from '../../boot/answer.ts';
import { renewal, type ServiceTls, serviceTls } from '../../enrol/service-tls.ts';
import { replaceTls } from '../../http/agent-http.ts';
import { type BootHttpContext, bootHttp } from '../../http/boot-http.ts';
import { listenAll } from '../../http/listen.ts';
import type { KeyHolderCalls } from '../messages.ts';
import type { RoleProcess } from '../role.ts';

const HOUR_MS = 3_600_000;

/**
 * HTTP boot over TLS on sockets tls-0, tls-1, …: with the site's certificate as it was at the start, else with one of the
 * service's CA, renewed in time.
 * @returns what ends it
 */
export async function startBootHttps(
  { port, tls: given }: { port: number; tls: ServiceTls | null },
  addresses: readonly string[],
  context: BootHttpContext,
  { sockets, link, log }: Pick<RoleProcess<unknown>, 'sockets' | 'link' | 'log'>,
): Promise<() => Promise<void>> {
  const issue = (request: KeyHolderCalls['issueService']['request']) =>
    link.call<KeyHolderCalls['issueService']['reply']>('keyholder', 'issueService', request);
  const fresh = () => serviceTls([...addresses], issue);
  const tls = given ?? (await fresh());
  const endpoints = addresses.map((address): BootEndpoint => ({ address, httpPort: port, secure: true }));
  const apps: FastifyInstance[] = endpoints.map((endpoint) => bootHttp(endpoint, { ...context, tls }));
  const listeners = await Promise.all(apps.map((app, i) => listenAll(app, [sockets[`tls-${i}`]!])));
  const install = (next: ServiceTls) => {
    for (const app of apps) replaceTls(app, next);
  };
  const keep = renewal(tls, fresh, install, () => new Date());
  const hourly = given ? undefined : setInterval(() => void keep().catch((e) => log.error(e)), HOUR_MS);
  return async () => {
    clearInterval(hourly);
    for (const server of listeners.flat()) server.close();
    await Promise.all(apps.map((app) => app.close()));
  };
}
