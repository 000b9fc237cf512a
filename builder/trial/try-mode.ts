import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { openCatalog } from '../catalog/catalog.ts';
import type { Manifest } from '../contract/manifest.ts';
import type { Moments, StartReport, TrialMode, TrialRun } from '../contract/trial.ts';
import { writeFileAtomic } from '../shared/atomic.ts';
import { sha256File } from '../shared/ids.ts';
import { run } from '../shared/process/run.ts';
import { healthOf, type Judged, judge, known, sameTwice, startOf } from './judge.ts';
import { layStickFor } from './lay.ts';
import { MODES, type ModePlan } from './modes.ts';
import { momentsOf, standing, type Wait, waitsOf } from './phases.ts';
import type { RackNode } from './rack/node.ts';
import type { Rack } from './rack/rack.ts';
import type { TrialService } from './service.ts';
import { tamperedCopy } from './tamper.ts';
import { Watch } from './watch.ts';

export interface Bench {
  rack: Rack;
  service: TrialService;
  manifest: Manifest;
  catalog: string;
  qemu: string;
  /** Serial logs and screens go there. */
  folder: string;
  /** Seconds that one start may take. */
  limit: number;
  line(text: string): void;
  signal: AbortSignal;
}

/** Seconds that a machine may take, where nobody says otherwise; emulation is many times slower. */
export const LIMIT = { kvm: 300, tcg: 1200 };
const WAITS = 12;
/** Seconds after which it is told again how far a machine is. */
const TOLD = 60;

interface Started extends Judged {
  watch: Watch;
  moments: Moments;
  waits: Wait[];
  start: StartReport | undefined;
}

/** Power-on to the mode's end: healthy, or refused as it has to be. */
export async function tryMode(mode: TrialMode, bench: Bench): Promise<TrialRun> {
  const plan = MODES[mode];
  const node = bench.rack.node(mode);
  const at = new Date();
  if (plan.expect === 'registered') await makeFor(node, bench);
  const first = await untilJudged(plan, node, bench);
  const judged = first.passed ? await further(plan, first, node, bench) : first;
  const health = healthOf(first.watch.told.map(({ line }) => line));
  return {
    ...{ mode, result: judged.passed ? 'passed' : 'failed', why: judged.why, at: at.toISOString() },
    machine: { accelerator: bench.rack.accelerator, memory: node.spec.memory, qemu: bench.qemu },
    ...{ moments: first.moments, longest: first.waits.slice(0, WAITS) },
    ...(health ? { health } : {}),
    files: await kept(mode, bench.folder),
  };
}

/** Its stick is made for this host: with the service's address and authority, and a token. */
async function makeFor({ spec }: RackNode, bench: Bench): Promise<void> {
  const seconds = await layStickFor(spec.usb!, await bench.service.medium(spec.name), bench);
  bench.line(`${MODES[spec.name as TrialMode].title}: made in ${seconds.toFixed(1)} s`);
}

/** What a mode asks for beyond a healthy host. */
async function further(plan: ModePlan, first: Started, node: RackNode, bench: Bench): Promise<Judged> {
  if (plan.expect === 'same-twice') return again(plan, first, node, bench);
  if (plan.expect !== 'registered') return first;
  return known(await bench.service.stateOf(node.spec.name), first);
}

/** The plug is pulled, and the machine started once more from what is on its stick. */
async function again(plan: ModePlan, first: Started, node: RackNode, bench: Bench): Promise<Judged> {
  bench.line(`${plan.title}: plug pulled, power on again`);
  const second = await untilJudged(plan, node, bench);
  return second.passed ? sameTwice(first.start!, second.start!) : second;
}

async function untilJudged(plan: ModePlan, node: RackNode, bench: Bench): Promise<Started> {
  const undo = plan.expect === 'image-refused' ? await changeImage(bench) : undefined;
  let watch: Watch | undefined;
  try {
    watch = await Watch.powerOn(node);
    for (let next = TOLD; ; ) {
      bench.signal.throwIfAborted();
      if (watch.seconds >= next) {
        bench.line(`${plan.title}: ${next} s of at most ${bench.limit}: ${standing(heard(watch))}`);
        next += TOLD;
      }
      const told = watch.told.map(({ line }) => line);
      const { text, closed, seconds } = watch;
      const judged = judge(plan.expect, { text, told, closed, seconds, limit: bench.limit });
      if (judged) {
        const moments = momentsOf(await seen(watch, node, bench));
        await record(watch, node, bench);
        const start = startOf(told);
        return { ...judged, watch, moments, start, waits: waitsOf(start, moments.kernel) };
      }
      await sleep(0.2);
    }
  } finally {
    watch?.leave();
    await node.powerOff();
    await undo?.();
  }
}

function heard({ serial, told }: Watch) {
  const clocks = told.flatMap(({ at, line }) => (line.kind === 'clock' ? [{ at, uptime: line.uptime }] : []));
  return { serial, clocks };
}

async function seen(watch: Watch, node: RackNode, { service }: Bench) {
  const first = await service.firstHeard(node.spec.name, watch.startedAt);
  return {
    ...heard(watch),
    asked: first === undefined ? undefined : (first - watch.startedAt) / 1000,
    healthy: watch.told.find(({ line }) => line.kind === 'health')?.at,
    start: startOf(watch.told.map(({ line }) => line)),
  };
}

/** Lays a changed copy over the image's root while a machine fetches it. */
async function changeImage({ manifest, catalog, folder }: Bench): Promise<() => Promise<void>> {
  const rootfs = openCatalog(catalog).artifact(manifest, 'rootfs');
  const copy = join(folder, 'changed.squashfs');
  await tamperedCopy(rootfs, (await stat(rootfs)).size, copy);
  await run(['mount', '--bind', copy, rootfs]);
  return async () => void (await run(['umount', rootfs]));
}

const serialFile = (mode: string) => `${mode}.log`;
const screenFile = (mode: string) => `${mode}.png`;

async function record(watch: Watch, node: RackNode, { folder }: Bench): Promise<void> {
  const { name } = node.spec;
  await writeFileAtomic(join(folder, serialFile(name)), watch.text);
  // A machine that switched itself off shows nothing.
  await node.screenshot(join(folder, screenFile(name))).catch(() => undefined);
}

async function kept(mode: TrialMode, folder: string): Promise<TrialRun['files']> {
  const files: TrialRun['files'] = [];
  for (const path of [serialFile(mode), screenFile(mode)].map((name) => join(folder, name))) {
    const there = await stat(path).catch(() => undefined);
    if (there) files.push({ file: basename(path), size: there.size, sha256: await sha256File(path) });
  }
  return files;
}

function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
