import { once } from 'node:events';
import type { Server } from 'node:net';
import { join } from 'node:path';
import type { Heartbeat } from '../../../builder/contract/agent-protocol.ts';
import { PairingDesk } from '../../../pxe-server/api/pairing.ts';
import { BootReports } from '../../../pxe-server/enrol/boot-reports.ts';
import { Heartbeats } from '../../../pxe-server/enrol/heartbeats.ts';
import { InstallReports } from '../../../pxe-server/enrol/install-reports.ts';
import { serviceTls } from '../../../pxe-server/enrol/service-tls.ts';
import { agentHttp } from '../../../pxe-server/http/agent-http.ts';
import type { Step } from '../../../pxe-server/trace/entry.ts';
import { type Desk, freshKeys, type Keys, openDesk } from '../../pxe-server/enrol/desk.ts';
import type { Link } from '../../pxe-server/net/namespaces.ts';

const PORT = 8443;
const LISTENER = join(import.meta.dirname, '../../pxe-server/net/listener.ts');

/** The real endpoint of agents, listening in the server's namespace of a link. */
export interface Endpoint extends Desk {
  keys: Keys;
  pairing: PairingDesk;
  /** ADDRESS:PORT */
  server: string;
  /** Heartbeats that arrived, oldest first. */
  beats: { host: string; heartbeat: Heartbeat }[];
  /** Called before a heartbeat is answered; it may throw a refusal. */
  beforeHeartbeat: () => void;
  faults: unknown[];
  /** What was seen of agents, oldest first. */
  steps: Step[];
  /** What a boot script puts on the kernel command line. */
  kernelArguments(token: string): string;
  up(): Promise<void>;
  /** Nothing listens any more, and connections end. */
  down(): Promise<void>;
}

export async function openEndpoint(link: Link): Promise<Endpoint> {
  const keys = await freshKeys();
  const { holder } = keys;
  const desk = await openDesk(holder, 1);
  const pairing = new PairingDesk();
  const heartbeats = new Heartbeats({ ...desk, seconds: 1, reprove: () => undefined });
  const tls = await serviceTls([link.serverAddress], async ({ csr, dns, ip }) => ({
    certificate: await holder.issueService(csr, { dns, ip }),
  }));
  const app = await agentHttp({
    ...{ tls, pairing, enrolment: desk.enrolment, serviceCa: holder.serviceCa(), tokenMinutes: 20 },
    ...{ reports: new BootReports(desk), installs: new InstallReports(desk) },
    onHeartbeat(host, heartbeat, peer) {
      endpoint.beforeHeartbeat();
      endpoint.beats.push({ host: host.name, heartbeat });
      return heartbeats.received(host, heartbeat, peer);
    },
    onWrongPairing: () => undefined,
    onStep: (step) => endpoint.steps.push(step),
    onInternal: (error) => endpoint.faults.push(error),
  });
  await app.ready();
  let listener: Server | undefined;
  const server = `${link.serverAddress}:${PORT}`;
  const endpoint: Endpoint = {
    ...{ ...desk, keys, pairing, server, beats: [], faults: [], steps: [] },
    beforeHeartbeat: () => undefined,
    kernelArguments: (token) =>
      `rackhand.url=https://${server} rackhand.ca=${holder.serviceCaFingerprint()} rackhand.token=${token}`,
    async up() {
      listener = await listenInside(link);
      listener.on('connection', (socket) => app.server.emit('connection', socket));
    },
    async down() {
      listener?.close();
      app.server.closeAllConnections();
    },
    async close() {
      await endpoint.down();
      await app.close();
      await desk.close();
      await keys.remove();
    },
  };
  await endpoint.up();
  return endpoint;
}

async function listenInside(link: Link): Promise<Server> {
  const argv = [process.execPath, LISTENER, link.serverAddress, String(PORT)];
  const helper = link.server.start(argv, ['ignore', 'inherit', 'inherit', 'ipc']);
  const [, server] = (await once(helper.child, 'message')) as [string, Server];
  await helper.stop();
  return server;
}
