import { bytesSent } from '../admission/counters.ts';
import { AdmissionDesk } from '../admission/desk.ts';
import type { QueueQuestion } from '../admission/view.ts';
import type { BootEndpoint } from '../boot/answer.ts';
import { loadLoaders } from '../boot/loaders.ts';
import type { ScriptContext } from '../boot/scripts.ts';
import { Mint } from '../boot/tokens.ts';
import { type BootHttpContext, bootHttp } from '../http/boot-http.ts';
import { STALL_MS } from '../http/limits.ts';
import { listenAll } from '../http/listen.ts';
import { startSender } from '../http/sendfile/sender.ts';
import { listenSyslog } from '../syslog/server.ts';
import { startBootHttps } from './boot/https.ts';
import { startKickstarts } from './boot/kickstarts.ts';
import type { BootSettings } from './boot/settings.ts';
import { startTelling, type Teller } from './boot/teller.ts';
import { serveTftp } from './boot/tftp.ts';
import { takeWord } from './boot/word.ts';
import { type RoleProcess, runRole } from './role.ts';

/** Boot files, images and per-host answers by TFTP and HTTP; keeps nothing. */
async function start(process: RoleProcess<BootSettings>): Promise<() => Promise<void>> {
  const { settings, link, log } = process;
  const teller = startTelling(link);
  const mint = new Mint((token) => teller.surely({ type: 'minted', token }), settings.tokenMinutes);
  const turns = startTurns(process);
  const word = await takeWord(process, { mint, turns });
  const kickstart = await startKickstarts(process, mint, word);
  const loaders = await loadLoaders(settings.loaders);
  const { httpsPort, syslogPort } = settings;
  const scripts: ScriptContext = {
    ...{ replica: word.replica, mint, httpsPort, trace: teller.trace, turns },
    ...(syslogPort === null ? {} : { syslogPort }),
  };
  const sender = startSender(STALL_MS, (error) => log.error(error, 'sendfile thread'));
  const context: BootHttpContext = {
    ...scripts,
    ...{ loaders, kickstart, delivery: { sender } },
    onInternal: (error) => log.error(error, 'internal'),
    onStep: teller.step,
  };
  const endpoints = settings.addresses.map((address) => ({ address, httpPort: settings.httpPort }));
  const stopHttp = await serveHttp(process, endpoints, context);
  const { httpsBoot } = settings;
  const stopHttps = httpsBoot && (await startBootHttps(httpsBoot, settings.addresses, context, process));
  const tftp = await serveTftp(process, endpoints, { loaders, scripts, teller });
  const stopSyslog = await serveSyslog(process, teller);
  return async () => {
    const stopped = [stopHttp(), tftp.stop()];
    await stopSyslog();
    teller.stop();
    turns.stop();
    await Promise.all(stopped);
    await stopHttps?.();
    await sender.stop();
  };
}

/** Whose turn it is to load, which people may ask for and change. */
function startTurns({ settings, link }: RoleProcess<BootSettings>): AdmissionDesk {
  const turns = new AdmissionDesk({
    ...{ settings: settings.admission, now: Date.now },
    sent: () => bytesSent(settings.devices),
  });
  link.answer('queue', ({ move }: QueueQuestion) => (move ? turns.move(move.who, move.place) : turns.view()));
  return turns;
}

/**
 * HTTP on sockets http-0, http-1, …, in the order of the endpoints.
 * @returns what ends it
 */
async function serveHttp(
  { settings: { nginx }, sockets }: RoleProcess<BootSettings>,
  endpoints: readonly BootEndpoint[],
  context: BootHttpContext,
): Promise<() => Promise<void>> {
  const clear = { ...context, ...(nginx && { nginx }) };
  const apps = endpoints.map((endpoint) => bootHttp(endpoint, clear));
  const listeners = await Promise.all(apps.map((app, i) => listenAll(app, [sockets[`http-${i}`]!])));
  return async () => {
    for (const server of listeners.flat()) server.close();
    await Promise.all(apps.map((app) => app.close()));
  };
}

/** What installers log, on sockets syslog-0, syslog-tcp-0, …; nothing without a port for it. */
function serveSyslog(
  { settings: { syslogPort, addresses }, sockets, log }: RoleProcess<BootSettings>,
  { syslog }: Teller,
): ReturnType<typeof listenSyslog> {
  const listened = addresses.map((address, i) => ({
    ...{ address, udp: sockets[`syslog-${i}`]!, tcp: sockets[`syslog-tcp-${i}`]! },
  }));
  return listenSyslog(
    syslogPort === null ? [] : listened,
    (message, address) => syslog.heard(message, address),
    (error) => log.error(error, 'syslog'),
  );
}

await runRole('boot', start);
