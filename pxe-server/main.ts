import { chmod, chown, lchown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import pino from 'pino';
import { USES } from '../builder/catalog/uses.ts';
import { RackhandError } from '../builder/shared/errors.ts';
import { type Account, type Accounts, mustReach } from './config/account.ts';
import { checkEnvironment, type Environment } from './config/environment.ts';
import { loadConfiguration } from './config/load.ts';
import { type Configuration, dhcpMode } from './config/schema.ts';
import { servedSubnets } from './config/served-subnets.ts';
import type { BootSettings } from './roles/boot/settings.ts';
import type { ControlSettings } from './roles/control/settings.ts';
import type { DhcpSettings } from './roles/dhcp.ts';
import type { KeyHolderSettings } from './roles/keyholder.ts';
import { Launcher, type RoleSpec } from './roles/launcher.ts';
import { closeSockets, openSockets, ownAddresses, type ServiceSockets } from './sockets.ts';

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
  const environment = await checkEnvironment(configuration);
  const log = pino({ name: 'launcher' }, pino.destination({ fd: 2, sync: true }));
  const folders = await makeFolders(configuration.state, environment.accounts);
  await makeUsesFolder(configuration.images.catalog, environment.accounts);
  const sockets = openSockets(configuration, options.apiFd);
  const launcher = new Launcher(log);
  const stopped = new Promise<void>((resolve) => {
    if (options.signal.aborted) resolve();
    options.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  try {
    const specs = roles(configuration, options.version, environment, folders, sockets);
    await Promise.race([launcher.start(specs), stopped]);
    if (options.signal.aborted) return;
    log.info(
      { pids: launcher.pids(), api: `http://${configuration.api.address}:${configuration.api.port}` },
      'ready',
    );
    options.onReady?.(launcher.pids());
    await stopped;
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

/**
 * One folder for each role that keeps something, readable by that role alone.
 * @throws RackhandError state-unusable | account-shut-out
 */
async function makeFolders(state: string, accounts: Accounts | null): Promise<Folders> {
  const make = async (path: string, mode: number, owner?: Account) => {
    try {
      await mkdir(path, { recursive: true, mode });
      if (owner) await chown(path, owner.uid, owner.gid);
    } catch (cause) {
      const what = `folder ${path} cannot be made: ${(cause as Error).message}`;
      throw new RackhandError('state-unusable', what, 'name another folder as state, or make this one', {
        cause,
      });
    }
    if (owner) await mustReach(owner, 'write', path, 'the folder');
    return path;
  };
  await make(state, 0o755);
  return {
    control: await make(join(state, 'control'), 0o700, accounts?.user),
    dhcp: await make(join(state, 'dhcp'), 0o700, accounts?.user),
    keys: await make(join(state, 'keys'), 0o700, accounts?.keys),
  };
}

/** Where control notes what its hosts use. A catalog that cannot be written serves as well: control warns of it. */
async function makeUsesFolder(catalog: string, accounts: Accounts | null): Promise<void> {
  const folder = join(catalog, USES);
  try {
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o755); // the umask narrows what mkdir was asked for
    if (accounts) await lchown(folder, accounts.user.uid, accounts.user.gid);
  } catch {
    // Told by the one who writes there.
  }
}

function roles(
  configuration: Configuration,
  version: string,
  { accounts, templates, installers, offer, bootTls }: Environment,
  folders: Folders,
  sockets: ServiceSockets,
): RoleSpec[] {
  const { provisioning, images } = configuration;
  const { httpPort, httpsPort, interfaces } = provisioning;
  const account = accounts?.user ?? null;
  const addresses = ownAddresses(interfaces).map(({ address }) => address);
  const served = interfaces.filter((i) => dhcpMode(i) !== 'off');
  const keyholder: KeyHolderSettings = { folder: folders.keys };
  const control: ControlSettings = {
    version,
    state: folders.control,
    catalog: images.catalog,
    defaultImage: images.default ?? null,
    ...{ templates, installers, signedLoaders: offer.signedLoaders, sshKeys: configuration.sshKeys },
    ...{ subnets: [...offer.subnets], notGiven: [...offer.notGiven], prefixes: [...offer.prefixes] },
    secureBoot: configuration.secureBoot.default,
    served: servedSubnets(configuration.provisioning)
      .filter(({ proxy }) => !proxy)
      .map(({ cidr, leaseSeconds, unknownLeaseSeconds }) => ({ cidr, leaseSeconds, unknownLeaseSeconds })),
    unknown: configuration.unknown,
    retention: configuration.retention,
    heartbeatSeconds: configuration.heartbeatSeconds,
    tokenMinutes: configuration.tokenMinutes,
    hostsFile: configuration.hosts ?? null,
    addresses,
    httpsPort,
    httpPort,
  };
  const boot: BootSettings = {
    httpPort,
    httpsPort,
    httpsBoot: provisioning.httpsBoot ? { port: provisioning.httpsBoot.port, tls: bootTls } : null,
    nginx: provisioning.nginx ? { catalog: images.catalog } : null,
    tokenMinutes: configuration.tokenMinutes,
    syslogPort: provisioning.syslogPort ?? null,
    addresses,
    devices: interfaces.map(({ name }) => name),
    admission: {
      bandwidth: provisioning.bandwidth ?? null,
      rackBandwidth: provisioning.rackBandwidth ?? null,
      subnets: provisioning.subnetBandwidth,
    },
    loaders: configuration.secureBoot,
    sshKeys: configuration.sshKeys,
  };
  const dhcp: DhcpSettings = {
    state: folders.dhcp,
    httpPort,
    interfaces: served.map(({ name, address }) => ({ name, address })),
    subnets: servedSubnets(configuration.provisioning),
    ipv6: interfaces.map(({ name, ipv6 }) => ({ name, ipv6 })),
  };
  const hasDhcp = Object.keys(sockets.dhcp).length > 0;
  // A boot answer costs microseconds and is waited for by firmware; downloads and pages can wait for it.
  return [
    { role: 'keyholder', settings: keyholder, sockets: {}, account: accounts?.keys ?? null },
    { role: 'control', settings: control, sockets: sockets.control, account },
    { role: 'boot', settings: boot, sockets: sockets.boot, account },
    ...(hasDhcp
      ? [{ role: 'dhcp', settings: dhcp, sockets: sockets.dhcp, account, nice: -10 } as const]
      : []),
  ];
}
