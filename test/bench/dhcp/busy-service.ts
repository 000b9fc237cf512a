import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Daemon } from '../../../builder/shared/process/daemon.ts';
import { macOf48 } from '../../pxe-server/dhcp/packets.ts';
import { lineOf } from '../../pxe-server/net/namespaces.ts';
import { IMAGE_BYTES, publishLarge } from './large-image.ts';
import { type Answers, askSteadily } from './latency.ts';
import { type Latency, latencyOf } from './percentiles.ts';
import { LEASE_SECONDS, LOADED, SERVER } from './plan.ts';
import type { Scene } from './scene.ts';

export interface BusyService {
  /** Nothing else to do. */
  idle: Latency;
  /** A plain fdatasync(2) meanwhile. */
  idleDisk: Latency;
  /** While an image is downloaded and the page is read, again and again. */
  busy: Latency;
  busyDisk: Latency;
  /** Bytes that were downloaded meanwhile, and pages of all hosts that were read. */
  bytes: number;
  pages: number;
}

const PROGRAM = join(import.meta.dirname, '../../../bin/rackhand');
export const HOSTS = 5000;
const FIRST_MAC = 0x0add_0000_0000;
/** Exchanges per second, and for how long. */
export const RATE = 100;
const SECONDS = 15;
const WARM_SECONDS = 3;
/** While it is busy, it is asked until a whole image has come through. */
const SLICE = 5;

/** `rackhand serve` with all of its roles: what its answers take, at rest and while it has much else to do. */
export async function busyService({ link, folder }: Scene): Promise<BusyService> {
  const own = join(folder, 'service');
  const image = await prepare(folder, own, link.serverDevice);
  const argv = [PROGRAM, 'serve', '--config', join(own, 'rackhand.yaml')];
  const service = link.server.start(argv, ['ignore', 'ignore', 'pipe']);
  const others: Daemon[] = [];
  try {
    await ready(service);
    const token = (await readFile(join(own, 'state/control/api-token'), 'utf8')).trim();
    let begun = 0;
    // Declared hosts ask in turn: strangers are not served as fast.
    const ask = (seconds: number) => {
      if (begun + RATE * seconds > HOSTS) begun = 0;
      const firstMac = FIRST_MAC + begun;
      begun += RATE * seconds;
      return askSteadily(link, { rate: RATE, seconds, firstMac, file: join(own, 'disk') });
    };
    await ask(WARM_SECONDS);
    const idle = await ask(SECONDS);
    const download = link.client.start(program('download-program.ts', `http://${SERVER}/rootfs/${image}`));
    const page = link.server.start(program('page-program.ts', 'http://127.0.0.1:8080', token, String(HOSTS)));
    others.push(download, page);
    const progress = () => Promise.all([numberOf(download), numberOf(page)]);
    const before = await progress();
    const busy: Answers = { milliseconds: [], lost: 0, syncs: [] };
    let [bytes, pages] = [0, 0];
    for (let seconds = 0; seconds < SECONDS || bytes < IMAGE_BYTES || pages < 1; seconds += SLICE) {
      const { milliseconds, lost, syncs } = await ask(SLICE);
      busy.milliseconds.push(...milliseconds);
      busy.lost += lost;
      busy.syncs.push(...syncs);
      [bytes, pages] = (await progress()).map((now, i) => now - before[i]!) as [number, number];
    }
    const disk = (answers: Answers) => latencyOf({ milliseconds: answers.syncs, lost: 0 });
    return {
      ...{ idle: latencyOf(idle), idleDisk: disk(idle), busy: latencyOf(busy), busyDisk: disk(busy) },
      ...{ bytes, pages },
    };
  } finally {
    for (const daemon of [...others, service]) await daemon.stop(20_000);
  }
}

/** @returns digest of the image's root, a gigabyte */
async function prepare(folder: string, own: string, device: string): Promise<string> {
  await mkdir(own, { recursive: true });
  for (const passed of [folder, own]) await chmod(passed, 0o755); // the service's accounts pass through
  await writeFile(join(own, 'hosts.yaml'), stringify({ hosts: declarations() }));
  await writeFile(join(own, 'rackhand.yaml'), stringify(configuration(own, device)));
  return publishLarge(join(own, 'catalog'));
}

function configuration(folder: string, device: string) {
  // As many addresses as a subnet may have.
  const ranges = [{ from: LOADED.range.from, to: '10.0.255.254' }];
  const subnet = { cidr: LOADED.cidr, ranges, leaseSeconds: LEASE_SECONDS };
  return {
    state: join(folder, 'state'),
    images: { catalog: join(folder, 'catalog'), default: 'lab' },
    hosts: join(folder, 'hosts.yaml'),
    provisioning: { interfaces: [{ name: device, address: SERVER, subnet }] },
  };
}

function declarations() {
  return Array.from({ length: HOSTS }, (_, i) => ({
    name: `node${i}`,
    macs: [macOf48(FIRST_MAC + i)],
    rack: `r${Math.floor(i / 40)}`,
    unit: 1 + (i % 40),
  }));
}

function program(name: string, ...argv: string[]): string[] {
  return [process.execPath, join(import.meta.dirname, name), ...argv];
}

/** What a program has done so far, by its next line. */
async function numberOf(daemon: Daemon): Promise<number> {
  return Number(await lineOf(daemon, (line) => /^\d+$/.test(line)));
}

async function ready(service: Daemon): Promise<void> {
  let told = '';
  await new Promise<void>((resolve, reject) => {
    service.child.stderr?.on('data', (chunk: Buffer) => {
      told = (told + chunk.toString('utf8')).slice(-20_000);
      if (told.includes('"msg":"ready"')) resolve();
    });
    void service.exited.then(() => reject(new Error(`rackhand serve ended: ${told.slice(-2000)}`)));
  });
}
