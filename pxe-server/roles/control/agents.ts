import { BootReports } from '../../enrol/boot-reports.ts';
import { InstallReports } from '../../enrol/install-reports.ts';
import { renewal, serviceTls } from '../../enrol/service-tls.ts';
import { agentHttp, replaceTls } from '../../http/agent-http.ts';
import { listenAll } from '../../http/listen.ts';
import type { Step } from '../../trace/entry.ts';
import type { RoleProcess } from '../role.ts';
import type { Books } from './books.ts';
import type { ControlSettings } from './settings.ts';

const HOUR_MS = 3_600_000;

/**
 * The agents' endpoint on sockets https-0, https-1, …, with a certificate that is renewed in time.
 * @returns what ends it
 */
export async function serveAgents(
  { settings, sockets, link, log }: RoleProcess<ControlSettings>,
  books: Books,
  onStep: (step: Step) => void,
): Promise<() => Promise<void>> {
  const { store, registry, journal, identity, enrolment, heartbeats, pairing, now, onInternal } = books;
  const freshTls = () =>
    serviceTls(settings.addresses, (request) => link.call('keyholder', 'issueService', request));
  const tls = await freshTls();
  const agents = await agentHttp({
    ...{ tls, enrolment, pairing, onStep, onInternal },
    serviceCa: identity.serviceCa,
    reports: new BootReports({ store, registry, journal, now }),
    installs: new InstallReports({
      ...{ store, registry, journal, now, onStep },
      onBegan: (hostId) => link.notify('boot', { type: 'install-began', hostId }),
    }),
    tokenMinutes: settings.tokenMinutes,
    onHeartbeat: (host, heartbeat, peer) => heartbeats.received(host, heartbeat, peer),
    onWrongPairing: (peer) => {
      const message = `wrong or late pairing code from ${peer}`;
      const about = { kind: 'pairing', severity: 'warning', hostId: null, mac: null } as const;
      journal.record({ ...about, message }).catch(onInternal);
    },
  });
  await agents.ready();
  const listeners = await listenAll(
    agents,
    settings.addresses.map((_, i) => sockets[`https-${i}`]!),
  );
  const keepTls = renewal(tls, freshTls, (fresh) => replaceTls(agents, fresh), now);
  const hourly = setInterval(() => void keepTls().catch((error) => log.error(error)), HOUR_MS);
  return async () => {
    clearInterval(hourly);
    for (const server of listeners) server.close();
    await agents.close();
  };
}
