import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import {
  BootReport,
  Heartbeat,
  HeartbeatReply,
  InstallReport,
  PairReply,
  PairRequest,
  Pending,
  Refusal,
  Registered,
  RegisterRequest,
  RenewRequest,
} from '../../../builder/contract/agent-protocol.ts';
import { sha256 } from '../../../builder/shared/ids.ts';
import { PairingDesk } from '../../../pxe-server/api/pairing.ts';
import { BootReports } from '../../../pxe-server/enrol/boot-reports.ts';
import { Heartbeats } from '../../../pxe-server/enrol/heartbeats.ts';
import { InstallReports } from '../../../pxe-server/enrol/install-reports.ts';
import { serviceTls } from '../../../pxe-server/enrol/service-tls.ts';
import { agentHttp } from '../../../pxe-server/http/agent-http.ts';
import { freshKeys, openDesk } from '../../pxe-server/enrol/desk.ts';
import { registration } from '../../pxe-server/enrol/request.ts';
import { documentOf } from './document.ts';
import type { Surface } from './run.ts';

const MAC = '52:54:00:00:00:01';
/** Of a 5xx: what an agent has to try again for. */
const LATER = ['token-early', 'pending-full', 'host-alive'];
const MOST_HOSTS = 10;

/** What each route answers, by its status. */
const ANSWERS: Record<string, Record<number, z.ZodType>> = {
  '/agent/v1/ca': { 200: z.string().startsWith('-----BEGIN CERTIFICATE-----') },
  '/agent/v1/pair': { 200: PairReply },
  '/agent/v1/report': { 204: z.literal('') },
  '/agent/v1/install': { 204: z.literal('') },
  '/agent/v1/register': { 200: Registered, 202: Pending },
  '/agent/v1/heartbeat': { 200: HeartbeatReply },
  '/agent/v1/renew': { 200: Registered },
};

/** The endpoint of agents over TLS, with a host that is registered again and again and one that waits. */
export async function agentSurface(): Promise<Surface> {
  const keys = await freshKeys();
  const desk = await openDesk(keys.holder, 600);
  const pairing = new PairingDesk();
  const internal: unknown[] = [];
  const tls = await serviceTls(['127.0.0.1'], async ({ csr, dns, ip }) => ({
    certificate: await keys.holder.issueService(csr, { dns, ip }),
  }));
  const beats = new Heartbeats({ ...desk, seconds: 600, reprove: () => undefined });
  const app = await agentHttp({
    ...{ tls, pairing, enrolment: desk.enrolment, serviceCa: keys.holder.serviceCa(), tokenMinutes: 20 },
    reports: new BootReports(desk),
    installs: new InstallReports(desk),
    onHeartbeat: (host, heartbeat, peer) => beats.received(host, heartbeat, peer),
    onWrongPairing: () => undefined,
    onStep: () => undefined,
    onInternal: (error) => internal.push(error),
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const body = await registration(MAC);
  let tokens: string[] = [];
  let code = '';
  return {
    ...{ name: 'agent', tls: true, internal },
    description: documentOf([
      { methods: ['GET'], template: '/agent/v1/ca' },
      { methods: ['POST'], template: '/agent/v1/pair', body: PairRequest },
      { methods: ['POST'], template: '/agent/v1/report', body: BootReport },
      { methods: ['POST'], template: '/agent/v1/install', body: InstallReport, form: true },
      { methods: ['POST'], template: '/agent/v1/register', body: RegisterRequest },
      { methods: ['POST'], template: '/agent/v1/heartbeat', body: Heartbeat },
      { methods: ['POST'], template: '/agent/v1/renew', body: RenewRequest },
    ]),
    port: (app.server.address() as AddressInfo).port,
    known: {
      parameters: {},
      tokens: () => tokens,
      bodies: {
        '/agent/v1/register': () => [body],
        '/agent/v1/renew': () => [{ csr: body.csr }],
        '/agent/v1/pair': () => [{ code }],
      },
    },
    fault({ route, method, path }, { status, body: text }) {
      const isRoute = method === route.method && path.split('?')[0] === route.template;
      const schema = isRoute ? ANSWERS[route.template]![status] : undefined;
      if (schema) {
        const read = route.template.endsWith('/ca') || text === '' ? text : JSON.parse(text);
        return schema.safeParse(read).error?.message;
      }
      if (method === 'HEAD' && status === 200) return text === '' ? undefined : 'a body for HEAD';
      if (status < 400) return 'that is no answer of this route';
      const refusal = Refusal.safeParse(text === '' ? undefined : JSON.parse(text));
      if (method !== 'HEAD' && !refusal.success) return `no refusal: ${refusal.error.message}`;
      return status < 500 || LATER.includes(refusal.data!.code) ? undefined : 'it is the server that failed';
    },
    async tidy() {
      for (const { id } of desk.registry.list().slice(MOST_HOSTS)) await desk.registry.remove(id);
      for (const { id, name } of desk.registry.list()) if (name === 'node1') await desk.registry.remove(id);
      const host = await desk.registry.declare({ name: 'node1', macs: [MAC], arm: 'always' });
      const own = await desk.mint('register', { host, mac: MAC });
      const { sessionToken } = (await desk.enrolment.register(own, body, '127.0.0.1')) as Registered;
      const inventory = await desk.mint('inventory', { mac: '52:54:00:00:00:02' });
      const install = await desk.mint('install', { host, mac: MAC });
      tokens = [own, sessionToken, sessionToken, inventory, install, sha256(inventory)];
      code = pairing.open(null).code;
    },
    async close() {
      await app.close();
      await desk.close();
      await keys.remove();
    },
  };
}
