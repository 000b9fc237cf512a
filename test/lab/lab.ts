import { openCatalog } from '../../builder/catalog/catalog.ts';
import type { Manifest } from '../../builder/contract/manifest.ts';
import { RackhandError } from '../../builder/shared/errors.ts';
import { type NodeSpec, type Rack, rackDown, rackUp } from '../../builder/trial/rack/rack.ts';
import { assertRun, freshRun, type LabFolder } from './folder.ts';
import { labImage } from './image.ts';
import { type LabService, startService } from './service.ts';
import { signedLoaders } from './signed-loaders.ts';

export interface Lab {
  manifest: Manifest;
  rack: Rack;
  service: LabService;
  /** Milliseconds from power-on to up, by host. */
  bootTimes: Map<string, number>;
  down(): Promise<void>;
}

export interface LabOptions {
  folder: LabFolder;
  nodes: NodeSpec[];
  /** Hosts to declare; by default each node with its first MAC, armed always. */
  hosts?: (rack: Rack) => unknown[];
  progress: (line: string) => void;
  signal?: AbortSignal;
  heartbeatSeconds?: number;
  bandwidth?: string;
  /** What else is on the network before the service starts. */
  neighbours?: (rack: Rack) => Promise<unknown>;
  /** False: service and machines go on when this process ends. */
  tied?: boolean;
}

export interface HostRow {
  id: string;
  name: string;
  state: string;
  reason: string;
  macs: string[];
  managementAddress: string | null;
  inventory: { firmware: string; memory: number; nics: unknown[] } | null;
}

/** Image, rack and service: everything but switched-on machines. */
export async function labUp(options: LabOptions): Promise<Lab> {
  const { folder, progress, nodes, signal } = options;
  await assertRun(folder.run);
  const manifest = await labImage(folder, progress, signal);
  await rackDown(folder.run);
  await freshRun(folder.run);
  progress('rack: namespace, bridge and machines');
  const rack = await rackUp({
    folder: folder.run,
    nodes,
    kernel: openCatalog(folder.catalog).artifact(manifest, 'kernel'),
    log: (line) => progress(`rack: ${line}`),
    ...(signal ? { signal } : {}),
    tied: options.tied ?? true,
  });
  try {
    const secure = nodes.some(({ firmware }) => firmware === 'uefi-secure');
    const loaders = secure ? { secureBoot: await signedLoaders(folder) } : {};
    await options.neighbours?.(rack);
    progress('service: starting');
    const service = await startService(rack, {
      folder: folder.run,
      catalog: folder.catalog,
      image: manifest.id,
      hosts: options.hosts?.(rack) ?? declareAll(rack, nodes),
      ...(options.heartbeatSeconds ? { heartbeatSeconds: options.heartbeatSeconds } : {}),
      ...(options.bandwidth ? { bandwidth: options.bandwidth } : {}),
      ...loaders,
    });
    progress(`service: ready at ${service.url}`);
    return { manifest, rack, service, bootTimes: new Map(), down: () => rack.down() };
  } catch (error) {
    await rack.down();
    throw error;
  }
}

export function declareAll(rack: Rack, nodes: NodeSpec[]): unknown[] {
  return nodes.map((node, i) => ({
    name: node.name,
    macs: [rack.node(node.name).macs[0]],
    rack: 'lab',
    unit: i + 1,
    arm: 'always',
    ...(node.firmware === 'uefi-secure' ? { secureBoot: true } : {}),
  }));
}

/** Waits until a host is in one of the states; reports each change. @throws RackhandError with its timeline */
export async function waitForState(
  lab: Pick<Lab, 'service'>,
  name: string,
  states: string[],
  limit: number,
  progress: (line: string) => void = () => undefined,
  signal?: AbortSignal,
): Promise<HostRow> {
  const until = Date.now() + limit;
  for (let last = ''; ; ) {
    signal?.throwIfAborted();
    const { hosts } = (await lab.service.api.get('/hosts')) as { hosts: HostRow[] };
    const host = hosts.find((h) => h.name === name);
    if (host && host.state !== last) {
      last = host.state;
      progress(`${name}: ${host.state} (${host.reason})`);
    }
    if (host && states.includes(host.state)) return host;
    if (Date.now() > until || host?.state === 'failed' || host?.state === 'frozen') {
      throw new RackhandError(
        'host-not-up',
        `${name} is ${host?.state ?? 'unknown'}, not ${states.join(' or ')}: ${host?.reason ?? 'never seen'}\n${await timeline(lab, name)}`,
        'its serial log and timeline say why',
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function timeline(lab: Pick<Lab, 'service'>, name: string): Promise<string> {
  const { events } = (await lab.service.api
    .get(`/events?host=${name}&limit=60`)
    .catch(() => ({ events: [] }))) as {
    events: { time: string; kind: string; message: string }[];
  };
  return events.map((e) => `${e.time} ${e.kind} ${e.message}`).join('\n');
}
