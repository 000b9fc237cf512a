import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Daemon } from '../../../builder/shared/process/daemon.ts';
import { CLIENT, SERVER } from '../../bench/dhcp/plan.ts';
import { rackhand } from '../../bench/dhcp/rackhand.ts';
import { makeScene, type Scene } from '../../bench/dhcp/scene.ts';
import { seeded } from '../../shared/random.ts';
import { lineOf } from '../net/namespaces.ts';
import type { KillReport } from './kill-load.ts';

const KILLS = process.env.RACKHAND_FULL ? 25 : 3;
const SEED = Number(process.env.RACKHAND_SEED ?? Date.now() % 1_000_000);
/** Milliseconds of work between two kills. */
const WORK = { least: 200, most: 2000 };

let scene: Scene;
let server: Daemon | undefined;
let load: Daemon | undefined;
beforeAll(async () => {
  scene = await makeScene();
});
afterAll(async () => {
  await load?.stop();
  await server?.stop();
  await scene?.remove();
});

it(`killed ${KILLS} times under load: no acknowledged lease is lost, none is given to two (seed ${SEED})`, async () => {
  const random = seeded(SEED);
  const { link } = scene;
  const folder = join(scene.folder, 'state');
  await mkdir(folder);
  const program = join(import.meta.dirname, 'kill-load.ts');
  load = link.client.start([process.execPath, program, CLIENT, SERVER, String(SEED)]);
  const acknowledged = async (more: number) => {
    const count = async () => Number(await lineOf(load!, (line) => /^\d+$/.test(line)));
    for (const before = await count(); (await count()) < before + more; );
  };
  for (let kill = 0; kill < KILLS; kill++) {
    server = rackhand.start(folder, link);
    await acknowledged(1);
    await new Promise((resolve) => setTimeout(resolve, WORK.least + random() * (WORK.most - WORK.least)));
    server.child.kill('SIGKILL');
    await server.exited;
  }
  server = rackhand.start(folder, link);
  await acknowledged(100);
  const last = lineOf(load, (line) => line.startsWith('{'));
  process.kill(load.pid!, 'SIGTERM');
  const report = JSON.parse(await last) as KillReport;
  expect(report.faults).toEqual([]);
  expect(report.clients).toBeGreaterThan(100 * KILLS);
  expect(report.acks).toBeGreaterThan(report.clients);
  console.info(`${KILLS} kills, ${report.acks} ACKs to ${report.clients} clients`);
}, 600_000);
