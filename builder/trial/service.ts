import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { HostConfig } from '../media/host-config.ts';
import { writeFileAtomic } from '../shared/atomic.ts';
import { RackhandError } from '../shared/errors.ts';
import { startDaemon } from '../shared/process/daemon.ts';
import type { SignedLoaders } from './loaders.ts';
import { NETWORK } from './rack/network.ts';

/** `rackhand serve` for the machines of a trial: in the trial's own network namespace, where every port is free. */
export interface TrialService {
  /** Seconds of the wall clock (milliseconds since 1970) at which it first heard of a host; undefined: not yet. */
  firstHeard(host: string, after: number): Promise<number | undefined>;
  /** What a medium of a host has to tell it: the agents' endpoint, and a token for this host. @throws RackhandError */
  medium(host: string): Promise<HostConfig>;
  /** What the service knows a host as: "registering", "up". */
  stateOf(host: string): Promise<string | undefined>;
  stop(): Promise<void>;
}

export interface TrialServiceOptions {
  /** Its configuration, state and log. */
  folder: string;
  catalog: string;
  image: string;
  hosts: { name: string; mac: string; secureBoot: boolean }[];
  loaders?: SignedLoaders | undefined;
  signal?: AbortSignal;
}

const PROGRAM = join(import.meta.dirname, '../../bin/rackhand');
const API = 'http://127.0.0.1:8080/api/v1';
const START_MS = 90_000;

/** @throws RackhandError service-failed */
export async function startTrialService(options: TrialServiceOptions): Promise<TrialService> {
  const { folder } = options;
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const [config, hosts, log] = ['rackhand.yaml', 'hosts.yaml', 'service.log'].map((name) =>
    join(folder, name),
  );
  await writeFileAtomic(hosts!, stringify({ hosts: options.hosts.map(declared) }));
  await writeFileAtomic(config!, stringify(configuration(options, join(folder, 'state'), hosts!)));
  const output = await open(log!, 'a');
  const service = startDaemon(
    ['setpriv', '--pdeathsig', 'TERM', '--', PROGRAM, 'serve', '--config', config!],
    {
      stdio: ['ignore', output.fd, output.fd],
    },
  );
  await output.close();
  try {
    const until = Date.now() + START_MS;
    for (;;) {
      options.signal?.throwIfAborted();
      const token = await readFile(join(folder, 'state/control/api-token'), 'utf8').catch(() => '');
      // The API answers before the role does that answers machines, and firmware asks for some seconds only.
      const isReady = (await readFile(log!, 'utf8')).includes('"msg":"ready"');
      if (isReady && token !== '' && (await get('/status', token.trim())))
        return {
          firstHeard: (host, after) => firstHeard(host, after, token.trim()),
          medium: (host) => mediumFor(host, token.trim()),
          stateOf: async (host) =>
            ((await get(`/hosts/${host}`, token.trim())) as { state?: string } | undefined)?.state,
          stop: () => service.stop(10_000),
        };
      if (service.child.exitCode !== null || Date.now() > until) throw await failed(log!);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  } catch (error) {
    await service.stop();
    throw error;
  }
}

function declared({ name, mac, secureBoot }: TrialServiceOptions['hosts'][number]): object {
  return { name, macs: [mac], arm: 'always', ...(secureBoot ? { secureBoot: true } : {}) };
}

function configuration(options: TrialServiceOptions, state: string, hosts: string): object {
  const network = NETWORK.address.replace(/\.\d+$/, '');
  const subnet = {
    cidr: `${network}.0/${NETWORK.prefix}`,
    ranges: [{ from: `${network}.100`, to: `${network}.199` }],
    dns: [],
    leaseSeconds: 3600,
  };
  return {
    state,
    images: { catalog: options.catalog, default: options.image },
    provisioning: { interfaces: [{ name: NETWORK.bridge, address: NETWORK.address, subnet }] },
    hosts,
    ...(options.loaders ? { secureBoot: options.loaders } : {}),
  };
}

async function firstHeard(host: string, after: number, token: string): Promise<number | undefined> {
  const answer = (await get(`/events?host=${host}&limit=200`, token)) as
    | { events?: { time: string }[] }
    | undefined;
  const times = (answer?.events ?? []).map(({ time }) => Date.parse(time)).filter((time) => time >= after);
  return times.length === 0 ? undefined : Math.min(...times);
}

async function mediumFor(host: string, token: string): Promise<HostConfig> {
  const told = MediumAnswer.safeParse(await ask('POST', `/hosts/${host}/medium`, token));
  if (!told.success)
    throw new RackhandError('service-failed', `the service gives no medium for ${host}`, 'look at its log');
  const { servers, certificate, token: own, images } = told.data;
  return HostConfig.parse({
    server: { address: servers[0], certificate, token: own },
    images: { address: images[0] },
  });
}

/** As POST /hosts/HOST/medium answers. */
const MediumAnswer = z.object({
  ...{ token: z.string(), certificate: z.string() },
  ...{ servers: z.array(z.string()).min(1), images: z.array(z.string()).min(1) },
});

const get = (path: string, token: string) => ask('GET', path, token);

/** Undefined where nobody answers, or not as asked. */
async function ask(method: 'GET' | 'POST', path: string, token: string): Promise<unknown> {
  try {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const body = method === 'POST' ? { body: '{}' } : {};
    const signal = AbortSignal.timeout(10_000);
    const response = await fetch(`${API}${path}`, { method, headers, ...body, signal });
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}

async function failed(log: string): Promise<RackhandError> {
  const tail = (await readFile(log, 'utf8')).trimEnd().split('\n').slice(-15).join('\n');
  const mend = 'sh bin/setup.sh makes the accounts that the service runs as';
  return new RackhandError('service-failed', `the provisioning service did not start:\n${tail}`, mend);
}
