import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../builder/shared/atomic.ts';
import { RackhandError } from '../../builder/shared/errors.ts';
import type { SignedLoaders } from '../../builder/shared/loader-places.ts';
import { type Daemon, startDaemon } from '../../builder/shared/process/daemon.ts';
import { lifeline } from '../../builder/trial/rack/network.ts';
import type { Rack } from '../../builder/trial/rack/rack.ts';
import { configureService, PROGRAM, serviceToken } from '../../builder/trial/serving.ts';
import { type ApiClient, apiClient } from '../../pxe-server/api/client.ts';
import { closeFd, openTcpListener } from '../../pxe-server/net/sockets.ts';

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
  const { secureBoot: loaders, ...rest } = options;
  const places = await configureService({
    heartbeatSeconds: 10,
    ...rest,
    loaders,
    hosts: options.hosts ?? [],
  });
  const { log } = places;
  const { fd, port } = openApiSocket();
  const output = await open(log, 'a');
  let daemon: Daemon;
  try {
    const command = rack.inNamespace([PROGRAM, 'serve', '--config', places.config, '--api-fd', '3']);
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
    const answers = async (known: string) =>
      (await apiClient(url, known)
        .get('/status')
        .catch(() => undefined)) !== undefined;
    const token = await serviceToken(daemon, places, answers, START_MS);
    await writeFileAtomic(join(options.folder, 'service.json'), JSON.stringify({ url, token }), 0o600);
    return { url, token, api: apiClient(url, token), log, pid: daemon.pid! };
  } catch (error) {
    await daemon.stop();
    throw error;
  }
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
