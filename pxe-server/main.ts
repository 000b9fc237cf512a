import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import pino from 'pino';
import { run } from '../builder/shared/process/run.ts';
import { checkEnvironment } from './config/environment.ts';
import { loadConfiguration } from './config/load.ts';
import type { Configuration } from './config/schema.ts';
import type { BootSettings } from './roles/boot.ts';
import type { ControlSettings } from './roles/control.ts';
import type { DhcpSettings } from './roles/dhcp.ts';
import type { KeyHolderSettings } from './roles/keyholder.ts';
import { Launcher, type RoleSpec } from './roles/launcher.ts';
import { closeSockets, openSockets, type ServiceSockets } from './sockets.ts';

export interface ServeOptions {
  config: string;
  version: string;
  /** A listening socket for the API, handed down by the service manager. */
  apiFd?: number | undefined;
  signal: AbortSignal;
  onReady?: (pids: Record<string, number | undefined>) => void;
}

/** Composition root: config checked, then wired, then sockets opened, then roles started. */
export async function serve(options: ServeOptions): Promise<void> {
  const configuration = await loadConfiguration(options.config);
  const templates = await checkEnvironment(configuration);
  const log = pino({ name: 'launcher' }, pino.destination({ fd: 2, sync: true }));
  const folders = await makeFolders(configuration);
  const sockets = openSockets(configuration, options.apiFd);
  const launcher = new Launcher(log);
  try {
    await launcher.start(roles(configuration, options.version, templates, folders, sockets));
    log.info(
      { pids: launcher.pids(), api: `http://${configuration.api.address}:${configuration.api.port}` },
      'ready',
    );
    options.onReady?.(launcher.pids());
    await new Promise<void>((resolve) => {
      if (options.signal.aborted) resolve();
      options.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  } finally {
    await launcher.stop();
    closeSockets(sockets);
  }
}

interface Folders {
  control: string;
  dhcp: string;
  keys: string;
}

/** One folder for each role that keeps something, readable by that role alone. */
async function makeFolders(configuration: Configuration): Promise<Folders> {
  const { state, user, keysUser } = configuration;
  await mkdir(state, { recursive: true, mode: 0o755 });
  const folder = async (name: string, owner: string) => {
    const path = join(state, name);
    await mkdir(path, { recursive: true, mode: 0o700 });
    if (process.getuid?.() === 0) {
      const ids = await Promise.all(['-u', '-g'].map((flag) => run(['id', flag, owner])));
      await chown(path, Number(ids[0]!.stdout), Number(ids[1]!.stdout));
    }
    return path;
  };
  return {
    control: await folder('control', user),
    dhcp: await folder('dhcp', user),
    keys: await folder('keys', keysUser),
  };
}

function roles(
  configuration: Configuration,
  version: string,
  templates: Map<string, string>,
  folders: Folders,
  sockets: ServiceSockets,
): RoleSpec[] {
  const { provisioning, images } = configuration;
  const { httpPort, httpsPort, interfaces } = provisioning;
  const root = process.getuid?.() === 0;
  const user = root ? configuration.user : null;
  const addresses = interfaces.map((i) => i.address);
  const keyholder: KeyHolderSettings = { folder: folders.keys };
  const control: ControlSettings = {
    version,
    state: folders.control,
    catalog: images.catalog,
    defaultImage: images.default ?? null,
    unknown: configuration.unknown,
    heartbeatSeconds: configuration.heartbeatSeconds,
    tokenMinutes: configuration.tokenMinutes,
    hostsFile: configuration.hosts ?? null,
    addresses,
    httpsPort,
  };
  const boot: BootSettings = {
    httpPort,
    httpsPort,
    tokenMinutes: configuration.tokenMinutes,
    addresses,
    templates: Object.fromEntries(templates),
    sshKeys: configuration.sshKeys,
  };
  const served = interfaces.filter((i) => i.subnet !== undefined);
  const dhcp: DhcpSettings = {
    state: folders.dhcp,
    httpPort,
    interfaces: served.map(({ name, address, subnet }) => ({ name, address, subnet: subnet! })),
  };
  return [
    { role: 'keyholder', settings: keyholder, sockets: {}, user: root ? configuration.keysUser : null },
    { role: 'control', settings: control, sockets: sockets.control, user },
    { role: 'boot', settings: boot, sockets: sockets.boot, user },
    ...(served.length > 0 ? [{ role: 'dhcp', settings: dhcp, sockets: sockets.dhcp, user } as const] : []),
  ];
}
