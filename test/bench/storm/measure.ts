import { mkdtemp, rm } from 'node:fs/promises';
import type { HostRow } from '../../../pxe-server/api/schemas.ts';
import { untilStopped } from '../../lab/stop.ts';
import type { Link } from '../../pxe-server/net/namespaces.ts';
import { serviceCpu, serviceMemory } from '../../storm/roles.ts';
import { prepareStorm, type Storm } from '../../storm/run.ts';
import { makeStormLink, shape } from '../../storm/scene.ts';
import {
  isInstalled,
  type StormService,
  type StormServiceOptions,
  startStormService,
} from '../../storm/service.ts';
import type { StormResult } from '../../storm/steps.ts';

export interface Measured extends StormResult {
  /** Machines that came to no end, and hosts of which the service does not know that theirs did. */
  lost: number;
  /** Milliseconds of processor time of launcher and roles for each machine. */
  cpuPerHost: number;
  /** Bytes resident by role: before, and at most. */
  memory: Record<string, { before: number; most: number }>;
}

/** Machines that boot before it counts: compiled code and first pages are no machine's. */
const WARM = 20;
/** Milliseconds in which what was written behind the answers comes to its end. */
const REST = 3000;
/** All machines are switched on within this time, however many they are. */
const SPREAD_SECONDS = 1;
/** What is measured is the service: kernels start at once, and images are small. */
const SMALL = { kernel: 4096, initramfs: 4096, rootfs: 4096 };

/** So many machines at once: every other one is installed by a kickstart, the others boot the image and register. */
export function stormOf(machines: number, stopping: AbortSignal): Promise<Measured> {
  const options = { hosts: WARM + machines, kickstarts: true, sizes: SMALL };
  return withService(options, { stopping }, async (link, service) => {
    const about = { spreadSeconds: SPREAD_SECONDS, kernelSeconds: 0, resetSeconds: 5 };
    await boot(await prepareStorm(link, { first: 0, machines: WARM, ...about }));
    const storm = await prepareStorm(link, { first: WARM, machines, ...about });
    await rest();
    const [cpu, before] = [serviceCpu(service.pid), serviceMemory(service.pid)];
    const most = { ...before };
    const watching = setInterval(() => {
      for (const [role, bytes] of Object.entries(serviceMemory(service.pid)))
        most[role] = Math.max(bytes, most[role] ?? 0);
    }, 500);
    const result = await boot(storm).finally(() => clearInterval(watching));
    await rest();
    const spent = serviceCpu(service.pid) - cpu;
    const memory = Object.keys(before).map((role) => [role, { before: before[role]!, most: most[role]! }]);
    const arrived = (await service.overview()).filter(isThere).length;
    return {
      ...result,
      lost: machines - Math.min(result.finished, arrived - WARM),
      cpuPerHost: (1000 * spent) / machines,
      memory: Object.fromEntries(memory),
    };
  });
}

/** Bytes of one machine, as the lab's image has them: 165 MB, the line full for 53 s by 40 of them. */
const LARGE = { kernel: 8_247_232, initramfs: 32_560_313, rootfs: 123_932_672 };
export const TURN_BYTES = LARGE.kernel + LARGE.initramfs + LARGE.rootfs;
export const TURN_MACHINES = 40;
/** What it takes from a loaded kernel to the first byte of the root. */
const KERNEL_SECONDS = 3;

/** Machines that load an image over 1 Gbit/s, with a service that is told of so much. */
export function turnsOf(bandwidth: string, stopping: AbortSignal): Promise<StormResult> {
  const options = { hosts: TURN_MACHINES, kickstarts: false, sizes: LARGE, bandwidth };
  return withService(options, { stopping, rate: '1gbit' }, async (link) => {
    const about = { spreadSeconds: SPREAD_SECONDS, kernelSeconds: KERNEL_SECONDS, resetSeconds: 5 };
    return boot(await prepareStorm(link, { first: 0, machines: TURN_MACHINES, ...about }));
  });
}

async function withService<T>(
  options: StormServiceOptions,
  { stopping, rate }: { stopping: AbortSignal; rate?: string },
  use: (link: Link, service: StormService) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp('/var/tmp/rackhand-bench-storm-');
  const link = await makeStormLink();
  let service: StormService | undefined;
  try {
    if (rate !== undefined) await shape(link, rate);
    service = await startStormService(link, folder, options);
    const stopped = untilStopped(stopping).then(() => Promise.reject(stopping.reason));
    return await Promise.race([use(link, service), stopped]);
  } finally {
    await service?.stop();
    await link.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

async function boot(storm: Storm): Promise<StormResult> {
  try {
    storm.go();
    return await storm.result;
  } finally {
    await storm.stop();
  }
}

/** The service knows that the machine has come to its end. */
function isThere({ name, state, managementAddress }: HostRow): boolean {
  const number = Number(name.slice('node'.length));
  return isInstalled(number) ? state === 'installing' : managementAddress !== null;
}

function rest(): Promise<unknown> {
  return new Promise((resolve) => setTimeout(resolve, REST));
}
