import type { BootEndpoint } from '../boot/answer.ts';
import { grantedKickstart } from '../boot/kickstarts.ts';
import { loadLoaders, type OwnLoaders } from '../boot/loaders.ts';
import type { ScriptContext } from '../boot/scripts.ts';
import { tftpFiles } from '../boot/tftp-files.ts';
import { Mint } from '../boot/tokens.ts';
import { Traces } from '../boot/traces.ts';
import { type BootHttpContext, bootHttp } from '../http/boot-http.ts';
import { listenAll } from '../http/listen.ts';
import { Templates } from '../render/template.ts';
import { startTftp } from '../tftp/thread.ts';
import type { BootTrace, Replica, ToDecider } from './messages.ts';
import { type RoleProcess, runRole } from './role.ts';

export interface BootSettings {
  httpPort: number;
  httpsPort: number;
  tokenMinutes: number;
  /** In the order of the http-N and tftp-N sockets. */
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
  const context: BootHttpContext = {
    ...scripts,
    loaders,
    kickstart: (token, base) => grantedKickstart(sources, token, base),
    onInternal: (error) => log.error(error, 'internal'),
  };

  const endpoints: BootEndpoint[] = settings.addresses.map((address) => ({
    address,
    httpPort: settings.httpPort,
  }));
  const apps = endpoints.map((endpoint) => bootHttp(endpoint, context));
  const listeners = await Promise.all(apps.map((app, i) => listenAll(app, [sockets[`http-${i}`]!])));
  const files = new Map(endpoints.map((one) => [one.address, tftpFiles(one, loaders, scripts)]));
  const tftp = await startTftp({
    sockets: endpoints.map(({ address }, i) => ({ fd: sockets[`tftp-${i}`]!, address })),
    files: (name, client, local) => files.get(local)?.(name, client),
    onEvent: ({ kind, client, message, transfer }) =>
      tell({
        kind: kind === 'malformed' ? 'malformed' : kind === 'flood' ? 'warning' : 'tftp',
        hostId: null,
        mac: null,
        address: client ?? null,
        message,
        transfer,
      }),
    log,
  });
  return async () => {
    for (const server of listeners.flat()) server.close();
    traces.stop();
    await Promise.all([...apps.map((app) => app.close()), tftp.stop()]);
  };
}

await runRole('boot', start);
