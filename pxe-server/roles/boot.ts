import type { BootEndpoint } from '../boot/answer.ts';
import { grantedKickstart } from '../boot/kickstarts.ts';
import { loadLoaders, type OwnLoaders } from '../boot/loaders.ts';
import type { ScriptContext } from '../boot/scripts.ts';
import { tftpFiles } from '../boot/tftp-files.ts';
import { Mint } from '../boot/tokens.ts';
import { Traces } from '../boot/traces.ts';
import type { ServiceTls } from '../enrol/service-tls.ts';
import { type BootHttpContext, bootHttp, STALL_MS } from '../http/boot-http.ts';
import { listenAll } from '../http/listen.ts';
import { startSender } from '../http/sendfile/sender.ts';
import { Templates } from '../render/template.ts';
import { startTftp } from '../tftp/server.ts';
import { startBootHttps } from './boot-https.ts';
import type { BootTrace, Replica, ToDecider } from './messages.ts';
import { type RoleProcess, runRole } from './role.ts';

export interface BootSettings {
  httpPort: number;
  httpsPort: number;
  /** HTTP boot over TLS; without a certificate of the site's own with one of the service's CA. */
  httpsBoot: { port: number; tls: ServiceTls | null } | null;
  /** nginx stands before the http-N sockets, and sends from this catalog. */
  nginx: { catalog: string } | null;
  tokenMinutes: number;
  /** In the order of the http-N, tls-N and tftp-N sockets. */
  addresses: string[];
  /** Template texts by name, read by the launcher. */
  templates: Record<string, string>;
  loaders: OwnLoaders;
  sshKeys: string[];
}

/** Boot files, images and per-host answers by TFTP and HTTP; keeps nothing. */
async function start({
  settings,
  sockets,
  link,
  log,
}: RoleProcess<BootSettings>): Promise<() => Promise<void>> {
  let replica: Replica | undefined;
  const mint = new Mint((token) => link.notify('control', { type: 'minted', token }), settings.tokenMinutes);
  link.onNotice((_from, body) => {
    const message = body as ToDecider;
    if (message.type === 'replica') replica = message.replica;
    else mint.claimed(message.hashes);
  });
  link.notify('control', { type: 'replica-wanted' });
  const loaders = await loadLoaders(settings.loaders);
  const templates = new Templates(new Map(Object.entries(settings.templates)));
  const tell = (trace: BootTrace) => link.notify('control', { type: 'trace', trace });
  const traces = new Traces(tell);
  const trace = (entry: BootTrace) => traces.tell(entry);
  const scripts: ScriptContext = { replica: () => replica, mint, httpsPort: settings.httpsPort, trace };
  const sources = { mint, replica: () => replica, templates, sshKeys: settings.sshKeys };
  const sender = startSender(STALL_MS, (error) => log.error(error, 'sendfile thread'));
  const context: BootHttpContext = {
    ...scripts,
    ...{ loaders, delivery: { sender } },
    kickstart: (token, base) => grantedKickstart(sources, token, base),
    onInternal: (error) => log.error(error, 'internal'),
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
  const tftp = await Promise.all(
    endpoints.map((endpoint, i) =>
      startTftp({
        sockets: [{ fd: sockets[`tftp-${i}`]!, address: endpoint.address }],
        files: tftpFiles(endpoint, loaders, scripts),
        onEvent: (event) =>
          tell({
            kind: event.kind === 'malformed' ? 'malformed' : event.kind === 'flood' ? 'warning' : 'tftp',
            hostId: null,
            mac: null,
            address: event.client ?? null,
            message: event.message,
          }),
        log,
      }),
    ),
  );
  return async () => {
    for (const server of listeners.flat()) server.close();
    traces.stop();
    await Promise.all([...apps.map((app) => app.close()), ...tftp.map((t) => t.stop())]);
    await stopHttps?.();
    await sender.stop();
  };
}

await runRole('boot', start);
