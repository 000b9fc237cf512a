import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openCatalog } from '../catalog/catalog.ts';
import type { Manifest } from '../contract/manifest.ts';
import type { TrialRun } from '../contract/trial.ts';
import { run } from '../shared/process/run.ts';
import { layMedium } from './lay.ts';
import { MODES } from './modes.ts';
import type { TrialRequest } from './protocol.ts';
import { findQemu } from './rack/firmware.ts';
import { ownNetwork } from './rack/network.ts';
import { type NodeSpec, type Rack, rackUp } from './rack/rack.ts';
import { macOf } from './rack/spec.ts';
import { startTrialService, type TrialService } from './service.ts';
import { type Bench, LIMIT, tryMode } from './try-mode.ts';

export interface TrialContext {
  line(text: string): void;
  run(run: TrialRun): void;
  signal: AbortSignal;
}

/** One machine for each mode, one after the other: their times are compared. Runs in namespaces of its own. */
export async function tryImage(request: TrialRequest, context: TrialContext): Promise<void> {
  const manifest = await openCatalog(request.catalog).read(request.image);
  const catalog = await shownCatalog(request);
  const nodes = await layNodes(request, manifest, catalog);
  const rack = await upright(request, manifest, catalog, nodes, context);
  try {
    const service = await startService(request, catalog, context);
    try {
      const qemu = await qemuVersion();
      for (const mode of request.modes) {
        context.signal.throwIfAborted();
        context.line(`${MODES[mode].title}: power on`);
        const { folder, limit = LIMIT[rack.accelerator] } = request;
        const bench: Bench = { rack, service, manifest, catalog, qemu, folder, limit, ...context };
        context.run(await tryMode(mode, bench));
      }
    } finally {
      await service.stop();
    }
  } finally {
    await rack.down();
  }
}

/**
 * The image alone, in a catalog of its own: the service tells a catalog which images it uses, and a changed file can be
 * laid over one of the image's.
 */
async function shownCatalog({ catalog, image, folder }: TrialRequest): Promise<string> {
  const shown = join(folder, 'catalog');
  await mkdir(join(shown, image), { recursive: true, mode: 0o755 });
  await run(['mount', '--bind', join(catalog, image), join(shown, image)]);
  await run(['mount', '-o', 'remount,bind,ro', join(shown, image)]);
  return shown;
}

async function layNodes(request: TrialRequest, manifest: Manifest, catalog: string): Promise<NodeSpec[]> {
  const nodes: NodeSpec[] = [];
  for (const mode of request.modes) {
    const { firmware, from } = MODES[mode];
    const medium = await layMedium(mode, { manifest, catalog, folder: request.folder });
    nodes.push({
      ...{ name: mode, firmware, memory: request.memory, channel: true, serialNumber: `TRIAL-${mode}` },
      ...(from === 'http' ? { httpBoot: true } : {}),
      ...medium,
    });
  }
  return nodes;
}

async function upright(
  request: TrialRequest,
  manifest: Manifest,
  catalog: string,
  nodes: NodeSpec[],
  { line, signal }: TrialContext,
): Promise<Rack> {
  return rackUp({
    ...{ folder: join(request.folder, 'rack'), nodes, network: await ownNetwork(), log: line, signal },
    kernel: openCatalog(catalog).artifact(manifest, 'kernel'),
  });
}

/** Every machine has a network with DHCP, as in a rack; some start from it, and a network ISO fetches from it. */
async function startService(
  { modes, image, folder, loaders }: TrialRequest,
  catalog: string,
  { line, signal }: TrialContext,
): Promise<TrialService> {
  line('provisioning service: starting');
  const hosts = modes.map((name, index) => ({
    ...{ name, mac: macOf(index, 0) },
    secureBoot: MODES[name].firmware === 'uefi-secure' && MODES[name].from === 'network',
  }));
  return startTrialService({ folder: join(folder, 'service'), catalog, image, hosts, loaders, signal });
}

async function qemuVersion(): Promise<string> {
  const { stdout } = await run([await findQemu(), '--version']);
  return stdout.split('\n')[0]!.slice(0, 200);
}
