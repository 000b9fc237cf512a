import { open } from 'node:fs/promises';
import { z } from 'zod';
import { HostConfig } from '../media/host-config.ts';
import { RackhandError } from '../shared/errors.ts';
import type { SignedLoaders } from '../shared/loader-places.ts';
import { startDaemon } from '../shared/process/daemon.ts';
import { configureService, PROGRAM, serviceToken } from './serving.ts';

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

const API = 'http://127.0.0.1:8080/api/v1';
const START_MS = 90_000;

/** @throws RackhandError service-failed */
export async function startTrialService(options: TrialServiceOptions): Promise<TrialService> {
  const places = await configureService({ ...options, hosts: options.hosts.map(declared) });
  const output = await open(places.log, 'a');
  const service = startDaemon(
    ['setpriv', '--pdeathsig', 'TERM', '--', PROGRAM, 'serve', '--config', places.config],
    { stdio: ['ignore', output.fd, output.fd] },
  );
  await output.close();
  try {
    const answers = async (token: string) => (await get('/status', token)) !== undefined;
    const token = await serviceToken(service, places, answers, START_MS, options.signal);
    return {
      firstHeard: (host, after) => firstHeard(host, after, token),
      medium: (host) => mediumFor(host, token),
      stateOf: async (host) =>
        ((await get(`/hosts/${host}`, token)) as { state?: string } | undefined)?.state,
      stop: () => service.stop(10_000),
    };
  } catch (error) {
    await service.stop();
    throw error;
  }
}

function declared({ name, mac, secureBoot }: TrialServiceOptions['hosts'][number]): object {
  return { name, macs: [mac], arm: 'always', ...(secureBoot ? { secureBoot: true } : {}) };
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
