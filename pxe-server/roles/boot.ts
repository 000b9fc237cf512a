import { bytesSent } from '../admission/counters.ts';
import { AdmissionDesk } from '../admission/desk.ts';
import type { QueueQuestion } from '../admission/view.ts';
import type { AdmissionSettings } from '../admission/wish.ts';
import { agentsUrl, type BootEndpoint, baseUrl } from '../boot/answer.ts';
import { grantedKickstart, type KickstartAsk } from '../boot/kickstarts.ts';
import { loadLoaders, type OwnLoaders } from '../boot/loaders.ts';
import { hostPlan, type PlanQuestion } from '../boot/plans.ts';
import type { ScriptContext } from '../boot/scripts.ts';
import { tftpFiles } from '../boot/tftp-files.ts';
import { Mint } from '../boot/tokens.ts';
import { Traces } from '../boot/traces.ts';
import type { ServiceTls } from '../enrol/service-tls.ts';
import { type BootHttpContext, bootHttp, STALL_MS } from '../http/boot-http.ts';
import { listenAll } from '../http/listen.ts';
import { startSender } from '../http/sendfile/sender.ts';
import { SyslogDesk } from '../syslog/desk.ts';
import { listenSyslog, type SyslogSocket } from '../syslog/server.ts';
import { liveRendering } from '../templates/rendering.ts';
import { startTftp } from '../tftp/thread.ts';
import { tftpAsked, tftpStep, traceStep } from '../trace/other-steps.ts';
import { Outbox } from '../trace/outbox.ts';
import { startBootHttps } from './boot-https.ts';
import { firstWord } from './first-word.ts';
import type { Link } from './link.ts';
import type { BootTrace, ControlCalls, KeyHolderCalls, Replica, ToControl, ToDecider } from './messages.ts';
import { Retold } from './retold.ts';
import { type RoleProcess, runRole } from './role.ts';

export interface BootSettings {
  httpPort: number;
  httpsPort: number;
  /** HTTP boot over TLS; without a certificate of the site's own with one of the service's CA. */
  httpsBoot: { port: number; tls: ServiceTls | null } | null;
  /** nginx stands before the http-N sockets, and sends from this catalog. */
  nginx: { catalog: string } | null;
  tokenMinutes: number;
  /** Of the syslog-N and syslog-tcp-N sockets, for installers; null: none. */
  syslogPort: number | null;
  /** In the order of the http-N, tls-N, tftp-N and syslog-N sockets. */
  addresses: string[];
  /** Interfaces that machines load over, and what their lines carry. */
  devices: string[];
  admission: AdmissionSettings;
  loaders: OwnLoaders;
  sshKeys: string[];
}

/** Milliseconds that a start waits for control, which may be starting too: machines can wait for so long. */
const CONTROL_MS = 3000;
/** And until which its word is still worth taking: as long as a role may take to get ready. */
const CONTROL_LATEST_MS = 90_000;

/** Boot files, images and per-host answers by TFTP and HTTP; keeps nothing. */
async function start({
  settings,
  sockets,
  link,
  log,
}: RoleProcess<BootSettings>): Promise<() => Promise<void>> {
  let replica: Replica | undefined;
  let hasTemplates = false;
  const tellSurely = surely(link);
  const mint = new Mint((token) => tellSurely({ type: 'minted', token }), settings.tokenMinutes);
  const turns = new AdmissionDesk({
    ...{ settings: settings.admission, now: Date.now },
    sent: () => bytesSent(settings.devices),
  });
  link.answer('queue', ({ move }: QueueQuestion) => (move ? turns.move(move.who, move.place) : turns.view()));
  const rendering = liveRendering();
  link.onNotice((_from, body) => {
    const message = body as ToDecider;
    if (message.type === 'replica') replica = message.replica;
    else if (message.type === 'install-began') mint.began(message.hostId);
    else if (message.type === 'templates') {
      rendering.take(message.templates);
      hasTemplates = true;
    } else for (const machine of mint.claimed(message.hashes)) turns.arrived(machine);
  });
  await firstWord(
    () => link.call<ControlCalls['bootStarts']['reply']>('control', 'bootStarts', {}, CONTROL_LATEST_MS),
    (word) => {
      // What came meanwhile is as new or newer.
      replica ??= word.replica;
      if (!hasTemplates) rendering.take(word.templates);
      mint.restore(word.kickstarts);
    },
    { patience: CONTROL_MS, onFault: (error) => log.warn(error, 'starts without the word of control') },
  );
  const { serviceCa } = await link.call<KeyHolderCalls['identity']['reply']>('keyholder', 'identity', {});
  const loaders = await loadLoaders(settings.loaders);
  const tell = (trace: BootTrace) => {
    // What control has to know: whose token is used up, who installs.
    if (trace.kind === 'kickstart') tellSurely({ type: 'trace', trace });
    else link.notify('control', { type: 'trace', trace });
  };
  const traces = new Traces(tell);
  const steps = new Outbox(
    (seen, left) => link.notify('control', { type: 'steps', steps: seen, left }),
    later,
  );
  const syslog = new SyslogDesk({
    ...{ tell: (step) => steps.add(step), now: Date.now },
    surplus: (message) => traces.tell({ kind: 'warning', hostId: null, mac: null, address: null, message }),
  });
  const trace = (entry: BootTrace) => {
    if (entry.kind === 'kickstart' && entry.address !== null) syslog.installs(entry.address);
    steps.add(traceStep(entry, Date.now()));
    traces.tell(entry);
  };
  const scripts: ScriptContext = {
    replica: () => replica,
    mint,
    httpsPort: settings.httpsPort,
    trace,
    turns,
    ...(settings.syslogPort === null ? {} : { syslogPort: settings.syslogPort }),
  };
  const { sshKeys } = settings;
  const kickstart = async (ask: KickstartAsk) => {
    const known = { mint, replica: () => replica, ...rendering.now(), sshKeys, serviceCa };
    const answer = await grantedKickstart(known, ask);
    if (answer.kind === 'given' && answer.times === 1) {
      const { hostId, template, versions, masked: text } = answer;
      const delivered = { hostId, template, versions, base: ask.base, text };
      link.notify('control', { type: 'delivered', delivered });
    }
    return answer;
  };
  const first = { address: settings.addresses[0]!, httpPort: settings.httpPort };
  const reached = { base: baseUrl(first), agents: agentsUrl(first, settings.httpsPort) };
  link.answer('plan', (question: PlanQuestion) =>
    hostPlan({ replica: () => replica, ...rendering.now(), sshKeys, serviceCa }, question, reached),
  );
  const sender = startSender(STALL_MS, (error) => log.error(error, 'sendfile thread'));
  const context: BootHttpContext = {
    ...scripts,
    ...{ loaders, delivery: { sender } },
    kickstart,
    onInternal: (error) => log.error(error, 'internal'),
    onStep: (step) => steps.add(step),
  };

  const endpoints: BootEndpoint[] = settings.addresses.map((address) => ({
    address,
    httpPort: settings.httpPort,
  }));
  const clear = { ...context, ...(settings.nginx && { nginx: settings.nginx }) };
  const apps = endpoints.map((endpoint) => bootHttp(endpoint, clear));
  const listeners = await Promise.all(apps.map((app, i) => listenAll(app, [sockets[`http-${i}`]!])));
  const stopHttps =
    settings.httpsBoot &&
    (await startBootHttps(settings.httpsBoot, settings.addresses, context, { sockets, link, log }));
  const files = new Map(endpoints.map((one) => [one.address, tftpFiles(one, loaders, scripts)]));
  const tftp = await startTftp({
    sockets: endpoints.map(({ address }, i) => ({ fd: sockets[`tftp-${i}`]!, address })),
    files: (name, client, local) => {
      steps.add(tftpAsked(name, client, Date.now()));
      return files.get(local)?.(name, client);
    },
    onEvent: (event) => {
      const { kind, client, message } = event;
      steps.add(tftpStep(event, Date.now()));
      tell({
        kind: kind === 'malformed' ? 'malformed' : kind === 'flood' ? 'warning' : 'tftp',
        hostId: null,
        mac: null,
        address: client ?? null,
        message,
      });
    },
    log,
  });
  const stopSyslog = await listenSyslog(
    settings.syslogPort === null
      ? []
      : settings.addresses.map((address, i) => syslogSocket(sockets, address, i)),
    (message, address) => syslog.heard(message, address),
    (error) => log.error(error, 'syslog'),
  );
  return async () => {
    for (const server of listeners.flat()) server.close();
    await stopSyslog();
    traces.stop();
    steps.flush();
    turns.stop();
    await Promise.all([...apps.map((app) => app.close()), tftp.stop()]);
    await stopHttps?.();
    await sender.stop();
  };
}

function syslogSocket(sockets: Record<string, number>, address: string, i: number): SyslogSocket {
  return { address, udp: sockets[`syslog-${i}`]!, tcp: sockets[`syslog-tcp-${i}`]! };
}

/** Tells control, and again when it ends before it can have written it down. */
function surely(link: Link): (notice: ToControl) => void {
  const retold = new Retold<ToControl>();
  link.onGone((role) => {
    if (role !== 'control') return;
    for (const notice of retold.all(performance.now())) link.notify('control', notice);
  });
  return (notice) => {
    retold.add(notice, performance.now());
    link.notify('control', notice);
  };
}

function later(milliseconds: number, run: () => void): () => void {
  const timer = setTimeout(run, milliseconds);
  return () => clearTimeout(timer);
}

await runRole('boot', start);
