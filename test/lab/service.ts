import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { writeFileAtomic } from '../../builder/shared/atomic.ts';
import { RackhandError } from '../../builder/shared/errors.ts';
import { type Daemon, startDaemon } from '../../builder/shared/process/daemon.ts';
import { lifeline } from '../../builder/trial/rack/network.ts';
import type { Rack } from '../../builder/trial/rack/rack.ts';
import { type ApiClient, apiClient } from '../../pxe-server/api/client.ts';
import { closeFd, openTcpListener } from '../../pxe-server/net/sockets.ts';
import type { SignedLoaders } from './signed-loaders.ts';

export interface LabService {
  url: string;
  token: string;
  api: ApiClient;
  log: string;
  pid: number;
}

interface ServiceOptions {
  catalog: string;
  image: string;
  heartbeatSeconds?: number;
  secureBoot?: SignedLoaders;
  /** What the line carries: "100 Mbit/s". */
  bandwidth?: string;
}

const PROGRAM = join(import.meta.dirname, '../../bin/rackhand');
const PORTS = { first: 8080, last: 8119 };
/** A machine that is busy with other work is no failure. */
const START_MS = 180_000;

/**
 * `rackhand serve` inside the rack's namespace. Only the API's socket is opened outside of it, on loopback,
 * and handed down, so that the page can be opened from this machine.
 */
export async function startService(
  rack: Rack,
  options: ServiceOptions & { folder: string; hosts?: unknown[] },
): Promise<LabService> {
  const config = join(options.folder, 'rackhand.yaml');
  const hosts = join(options.folder, 'hosts.yaml');
  const state = join(options.folder, 'state');
  const log = join(options.folder, 'service.log');
  await writeFileAtomic(hosts, stringify({ hosts: options.hosts ?? [] }));
  await writeFileAtomic(config, stringify(configuration(rack, state, hosts, options)));
  const { fd, port } = openApiSocket();
  const output = await open(log, 'a');
  let daemon: Daemon;
  try {
    const command = rack.inNamespace([PROGRAM, 'serve', '--config', config, '--api-fd', '3']);
    daemon = startDaemon([...lifeline(rack.tied, 'TERM'), ...command], {
      stdio: ['ignore', output.fd, output.fd],
      descriptors: [fd],
    });
  } finally {
    closeFd(fd);
    await output.close();
  }
  if (daemon.pid) await rack.processes.record('service', daemon.pid);
  if (!rack.tied) daemon.child.unref();
  const url = `http://127.0.0.1:${port}`;
  try {
    const token = await waitForToken(join(state, 'control/api-token'), daemon, log);
    const api = apiClient(url, token);
    await waitForRoles(api, daemon, log);
    await writeFileAtomic(join(options.folder, 'service.json'), JSON.stringify({ url, token }), 0o600);
    return { url, token, api, log, pid: daemon.pid! };
  } catch (error) {
    await daemon.stop();
    throw error;
  }
}

function configuration(rack: Rack, state: string, hosts: string, options: ServiceOptions): unknown {
  const network = rack.address.replace(/\.\d+$/, '');
  return {
    state,
    images: { catalog: options.catalog, default: options.image },
    provisioning: {
      ...(options.bandwidth ? { bandwidth: options.bandwidth } : {}),
      interfaces: [
        {
          name: rack.bridge,
          address: rack.address,
          subnet: {
            cidr: `${network}.0/24`,
            ranges: [{ from: `${network}.100`, to: `${network}.199` }],
            dns: [],
            leaseSeconds: 3600,
          },
        },
      ],
    },
    hosts,
    heartbeatSeconds: options.heartbeatSeconds ?? 10,
    ...(options.secureBoot ? { secureBoot: options.secureBoot } : {}),
  };
}

function openApiSocket(): { fd: number; port: number } {
  for (let port = PORTS.first; ; port++) {
    try {
      return { fd: openTcpListener({ address: '127.0.0.1', port }), port };
    } catch (error) {
      if (!(error instanceof RackhandError) || error.code !== 'port-in-use' || port >= PORTS.last)
        throw error;
    }
  }
}

async function waitForToken(path: string, daemon: Daemon, log: string): Promise<string> {
  return poll(daemon, log, async () => {
    const text = await readFile(path, 'utf8').catch(() => '');
    return /^[0-9a-f]{32}$/.test(text.trim()) ? text.trim() : undefined;
  });
}

/** The API answers before the role does that answers machines, and firmware asks for some seconds only. */
async function waitForRoles(api: ApiClient, daemon: Daemon, log: string): Promise<void> {
  const isReady = async () => (await readFile(log, 'utf8')).includes('"msg":"ready"') || undefined;
  await poll(daemon, log, () => api.get('/status').catch(() => undefined));
  await poll(daemon, log, isReady);
}

async function poll<T>(daemon: Daemon, log: string, attempt: () => Promise<T | undefined>): Promise<T> {
  const until = Date.now() + START_MS;
  while (Date.now() < until && daemon.child.exitCode === null) {
    const value = await attempt();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const tail = (await readFile(log, 'utf8')).split('\n').slice(-20).join('\n');
  throw new RackhandError('service-failed', `the service did not start:\n${tail}`, `see ${log}`);
}
