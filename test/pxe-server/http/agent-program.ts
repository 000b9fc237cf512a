import { PairingDesk } from '../../../pxe-server/api/pairing.ts';
import { BootReports } from '../../../pxe-server/enrol/boot-reports.ts';
import { InstallReports } from '../../../pxe-server/enrol/install-reports.ts';
import { serviceTls } from '../../../pxe-server/enrol/service-tls.ts';
import { agentHttp } from '../../../pxe-server/http/agent-http.ts';
import { listenAll } from '../../../pxe-server/http/listen.ts';
import { openTcpListener } from '../../../pxe-server/net/sockets.ts';
import { freshKeys, openDesk } from '../enrol/desk.ts';

/** `agent-program.ts PORT`: the endpoint of agents as control has it, in memory. Prints "ready". */
const port = Number(process.argv[2]);
const keys = await freshKeys();
const desk = await openDesk(keys.holder);
const tls = await serviceTls(['127.0.0.1'], async ({ csr, dns, ip }) => ({
  certificate: await keys.holder.issueService(csr, { dns, ip }),
}));
const app = await agentHttp({
  ...{ tls, enrolment: desk.enrolment, serviceCa: keys.holder.serviceCa(), tokenMinutes: 20 },
  ...{ pairing: new PairingDesk(), reports: new BootReports(desk), installs: new InstallReports(desk) },
  ...{ onWrongPairing: () => undefined },
  onHeartbeat: async () => ({ renew: false, heartbeatSeconds: 10 }),
  onStep: () => undefined,
  onInternal: (error) => {
    throw error;
  },
});
await app.ready();
await listenAll(app, [openTcpListener({ address: '127.0.0.1', port })]);
process.on('SIGTERM', () => void keys.remove().then(() => process.exit(0)));
process.stdout.write('ready\n');
