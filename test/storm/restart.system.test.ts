import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RoleName } from '../../pxe-server/roles/messages.ts';
import type { Link } from '../pxe-server/net/namespaces.ts';
import { ROLES, rolePid } from './roles.ts';
import { prepareStorm, type Storm } from './run.ts';
import { makeStormLink } from './scene.ts';
import { isInstalled, macOfHost, type StormService, startStormService } from './service.ts';
import { STEPS, type Step, type StormResult } from './steps.ts';
import { type Outages, type Watch, watchService } from './watch.ts';

const MACHINES = 50;
/** How many machines have come to their end when the role is killed. */
const KILLS = [8, 25];
/** Milliseconds for which one that hangs does. */
const HANGS_MS = 10_000;
/** Milliseconds without an answer that the most impatient client of each bears, on a machine that is busy with all of it. */
const UNNOTICED: Outages = { dhcp: 4000, tftp: 3000, http: 5000, agents: 10_000 };
const SIZES = { kernel: 1 << 20, initramfs: 2 << 20, rootfs: 4 << 20 };

let folder: string;
let link: Link;
let service: StormService;
let watch: Watch;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-storm-'));
  link = await makeStormLink();
  const hosts = (ROLES.length + 1) * MACHINES + 1;
  service = await startStormService(link, folder, { hosts, kickstarts: true, sizes: SIZES });
  watch = await watchService(link, macOfHost(hosts - 1));
}, 120_000);
afterAll(async () => {
  await watch?.stop();
  await service?.stop();
  await link?.remove();
  await rm(folder, { recursive: true, force: true });
});

it('control killed in the middle of 50 boots: nobody notices but who registers', async () => {
  const { result, outages } = await killedAmidBoots('control');
  expect(saidAgain(result, ['registration'])).toEqual([]);
  expect(noticed(outages, ['agents'])).toEqual([]);
}, 300_000);

it('control gone for ten seconds in the middle of 50 boots: nobody notices but who registers', async () => {
  const { result, outages } = await amidBoots('control', ROLES.length, hang);
  expect(saidAgain(result, ['registration'])).toEqual([]);
  expect(noticed(outages, ['agents'])).toEqual([]);
  expect(outages.agents).toBeGreaterThan(HANGS_MS / 2); // it was gone
}, 300_000);

it('boot killed in the middle of 50 boots: who loaded goes on or begins anew, all come to their end', async () => {
  const { result, outages } = await killedAmidBoots('boot');
  expect(saidAgain(result, ['loader', 'script', 'kernel', 'kickstart', 'root', 'boot'])).toEqual([]);
  expect(noticed(outages, ['tftp', 'http'])).toEqual([]);
  // What was granted before is granted still.
  expect(result.faults.join()).not.toContain('kickstart got');
}, 300_000);

it('dhcp killed in the middle of 50 boots: who asks for an address asks again', async () => {
  const { result, outages } = await killedAmidBoots('dhcp');
  expect(saidAgain(result, ['dhcp'])).toEqual([]);
  expect(noticed(outages, ['dhcp'])).toEqual([]);
}, 300_000);

it('the key holder killed in the middle of 50 boots: who registers asks again', async () => {
  const { result, outages } = await killedAmidBoots('keyholder');
  expect(saidAgain(result, ['registration'])).toEqual([]);
  expect(noticed(outages, [])).toEqual([]);
}, 300_000);

/** Steps in which machines had to ask again, but for those of the role that was killed. */
function saidAgain({ repeats }: StormResult, own: readonly Step[]): string[] {
  return STEPS.filter((step) => repeats[step] > 0 && !own.includes(step));
}

function noticed(outages: Outages, own: readonly (keyof Outages)[]): string[] {
  const names = Object.keys(UNNOTICED) as (keyof Outages)[];
  return names.filter((name) => outages[name] > UNNOTICED[name] && !own.includes(name));
}

function killedAmidBoots(role: (typeof ROLES)[number]): Promise<{ result: StormResult; outages: Outages }> {
  return amidBoots(role, ROLES.indexOf(role), kill);
}

/**
 * 50 machines that are switched on within five seconds; all come to their end, and the service knows of each.
 * @param block of 50 hosts, which nobody else plays
 * @param trouble what happens to the role meanwhile, twice
 */
async function amidBoots(
  role: RoleName,
  block: number,
  trouble: (role: RoleName) => Promise<void>,
): Promise<{ result: StormResult; outages: Outages }> {
  const first = block * MACHINES;
  const about = { first, machines: MACHINES, spreadSeconds: 5, kernelSeconds: 1, resetSeconds: 3 };
  const storm: Storm = await prepareStorm(link, about);
  try {
    await watch.outages();
    storm.go();
    for (const finished of KILLS) {
      await storm.finished(finished);
      await trouble(role);
    }
    const result = await storm.result;
    const outages = await watch.outages();
    const { finished, seconds, repeats, faults } = result;
    process.stderr.write(
      `${role}, ${trouble.name} ${KILLS.length} times: ${JSON.stringify({ finished, seconds, outages, repeats, faults })}\n`,
    );
    expect([finished, faults.slice(0, finished < MACHINES ? 9 : 0)]).toEqual([MACHINES, []]);
    await expect.poll(() => unknownEnds(first), { timeout: 20_000, interval: 1000 }).toEqual([]);
    return { result, outages };
  } finally {
    await storm.stop();
  }
}

/** The role alone, by its process id; the launcher starts it again. */
async function kill(role: RoleName): Promise<void> {
  const pid = rolePid(service.pid, role);
  expect(pid, `${role} runs`).toBeDefined();
  process.kill(pid!, 'SIGKILL');
  await expect.poll(() => rolePid(service.pid, role) ?? pid, { timeout: 20_000 }).not.toBe(pid);
}

/** Stopped as it stands: it answers nobody, and nothing is started in its place. */
async function hang(role: RoleName): Promise<void> {
  const pid = rolePid(service.pid, role)!;
  process.kill(pid, 'SIGSTOP');
  await setTimeout(HANGS_MS);
  process.kill(pid, 'SIGCONT');
}

/** Machines of which the service does not know that they have come to their end. */
async function unknownEnds(first: number): Promise<string[]> {
  const hosts = new Map((await service.overview()).map((host) => [host.name, host]));
  return Array.from({ length: MACHINES }, (_, i) => first + i).flatMap((number) => {
    const { state, managementAddress } = hosts.get(`node${number}`)!;
    const knows = isInstalled(number) ? state === 'installing' : managementAddress !== null;
    return knows ? [] : [`node${number} ${state}`];
  });
}
