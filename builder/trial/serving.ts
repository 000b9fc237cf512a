import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { writeFileAtomic } from '../shared/atomic.ts';
import { RackhandError } from '../shared/errors.ts';
import type { SignedLoaders } from '../shared/loader-places.ts';
import type { Daemon } from '../shared/process/daemon.ts';
import { NETWORK } from './rack/network.ts';

/** `rackhand serve` for the machines of a rack. */
export const PROGRAM = join(import.meta.dirname, '../../bin/rackhand');
const LOOK_MS = 200;

export interface Served {
  /** Its configuration, state and log. */
  folder: string;
  catalog: string;
  image: string;
  /** As hosts.yaml has them. */
  hosts: readonly unknown[];
  loaders?: SignedLoaders | undefined;
  heartbeatSeconds?: number;
  /** What the line carries: "100 Mbit/s". */
  bandwidth?: string;
}

/** Paths that a service is started and watched with. */
export interface ServicePlaces {
  config: string;
  state: string;
  log: string;
}

/** Writes what `rackhand serve --config` reads: DHCP on the rack's bridge, addresses .100 to .199. */
export async function configureService(served: Served): Promise<ServicePlaces> {
  const { folder, loaders, heartbeatSeconds, bandwidth } = served;
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const [config, hosts] = [join(folder, 'rackhand.yaml'), join(folder, 'hosts.yaml')];
  const state = join(folder, 'state');
  const network = NETWORK.address.replace(/\.\d+$/, '');
  const subnet = {
    cidr: `${network}.0/${NETWORK.prefix}`,
    ranges: [{ from: `${network}.100`, to: `${network}.199` }],
    dns: [],
    leaseSeconds: 3600,
  };
  await writeFileAtomic(hosts, stringify({ hosts: served.hosts }));
  const configuration = {
    state,
    images: { catalog: served.catalog, default: served.image },
    provisioning: {
      ...(bandwidth === undefined ? {} : { bandwidth }),
      interfaces: [{ name: NETWORK.bridge, address: NETWORK.address, subnet }],
    },
    hosts,
    ...(heartbeatSeconds === undefined ? {} : { heartbeatSeconds }),
    ...(loaders ? { secureBoot: loaders } : {}),
  };
  await writeFileAtomic(config, stringify(configuration));
  return { config, state, log: join(folder, 'service.log') };
}

/**
 * Waits until all of it serves: its API answers before the role does that answers machines, and firmware asks for some
 * seconds only.
 * @param answers whether its API does, with a token @param limit milliseconds
 * @returns the token of its API @throws RackhandError service-failed
 */
export async function serviceToken(
  service: Daemon,
  { state, log }: ServicePlaces,
  answers: (token: string) => Promise<boolean>,
  limit: number,
  signal?: AbortSignal,
): Promise<string> {
  for (const until = Date.now() + limit; service.child.exitCode === null && Date.now() < until; ) {
    signal?.throwIfAborted();
    const text = await readFile(join(state, 'control/api-token'), 'utf8').catch(() => '');
    const token = text.trim();
    const isReady = (await readFile(log, 'utf8')).includes('"msg":"ready"');
    if (isReady && /^[0-9a-f]{32}$/.test(token) && (await answers(token))) return token;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  const tail = (await readFile(log, 'utf8')).trimEnd().split('\n').slice(-15).join('\n');
  const mend = `sh bin/setup.sh makes the accounts that the service runs as; its whole log is ${log}`;
  throw new RackhandError('service-failed', `the provisioning service did not start:\n${tail}`, mend);
}
