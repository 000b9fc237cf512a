import { mkdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../../builder/shared/process/run.ts';
import type { NodeSpec } from '../../builder/trial/rack/rack.ts';
import type { QueueView } from '../../pxe-server/admission/view.ts';
import type { BootAnswer } from '../../pxe-server/api/boot-schemas.ts';
import { labFolder } from '../lab/folder.ts';
import { type Lab, labUp } from '../lab/lab.ts';
import { openStation, type Station } from '../lab/rack/station.ts';
import { bootOf, untilBoot } from '../lab/seen.ts';

// Loaders of real machines that are told to wait for their turn: by iPXE's script and by GRUB's.

const FULL = process.env.RACKHAND_FULL === '1';
const LIMIT = 4 * 60_000;
/** The image's 160 MB take 40 s of it; from one machine that goes to the next three quarters of that pass. */
const BANDWIDTH = '32 Mbit/s';
const NODES: NodeSpec[] = [
  { name: 'ipxe-1', firmware: 'bios', memory: 1024 },
  { name: 'grub-1', firmware: 'uefi-secure', memory: 1024 },
];
const HOLDERS = ['holder-1', 'holder-2', 'holder-3'].map((name, i) => {
  return { name, mac: `52:54:00:4c:f0:0${i}`, address: `198.51.100.24${i}` };
});

const log = (line: string) => process.stdout.write(`  ${line}\n`);
let lab: Lab;
let station: Station;
beforeAll(async () => {
  if (!FULL) return;
  lab = await labUp({
    ...{ folder: labFolder(undefined, 'waiting'), nodes: NODES, bandwidth: BANDWIDTH, progress: log },
    hosts: (rack) => [
      { name: 'ipxe-1', macs: [rack.node('ipxe-1').macs[0]], arm: 'always' },
      { name: 'grub-1', macs: [rack.node('grub-1').macs[0]], arm: 'always', secureBoot: true },
      ...HOLDERS.map(({ name, mac }) => ({ name, macs: [mac], arm: 'always' })),
    ],
  });
  station = await openStation(lab.rack, 'holders', HOLDERS[0]!.address);
  for (const { address } of HOLDERS.slice(1))
    await run(station.inNamespace(['ip', 'address', 'add', `${address}/24`, 'dev', 'eth0']));
});
afterAll(async () => {
  await station?.close();
  await lab?.down();
});

it.runIf(FULL)(
  'iPXE shows its place, asks again, and boots when it is its turn',
  { timeout: LIMIT },
  async () => {
    const node = lab.rack.node('ipxe-1');
    await node.powerOn();
    // Before it asks, which is some seconds from now: from its address to its script is a blink.
    await hold(0, 1);
    await waits('ipxe-1');
    await expect
      .poll(() => node.screenText(), { timeout: 20_000 })
      .toMatch(/Rackhand: ipxe-1 waits for its turn: place 1 of 1, about \d+ s; asks again in 2 s/);
    await picture('ipxe-1');
    const boot = await goesOn('ipxe-1');
    expect(asked(boot, /\/boot\/host\.ipxe/)).toBeGreaterThanOrEqual(3);
    await node.powerOff();
  },
);

it.runIf(FULL)('GRUB does the same', { timeout: LIMIT }, async () => {
  const node = lab.rack.node('grub-1');
  await untilFree();
  await node.powerOn();
  await untilBoot(lab, 'grub-1', 'GRUB', (boot) => asked(boot, /has grubx64\.efi/) > 0, LIMIT);
  await hold(2);
  await waits('grub-1');
  await expect
    .poll(async () => plain(await readFile(node.serialLog, 'latin1')), { timeout: 20_000 })
    .toMatch(/Rackhand: grub-1 waits for its turn: place 1 of 1, about \d+ s; asks again in 2 s/);
  await picture('grub-1');
  const boot = await goesOn('grub-1');
  expect(asked(boot, /has .*grub\.cfg-01-/)).toBeGreaterThanOrEqual(3);
  await node.powerOff();
});

/** Machines that are told to go, and take the line. */
async function hold(...which: number[]): Promise<void> {
  for (const { address, mac } of which.map((i) => HOLDERS[i]!)) {
    const url = `http://${lab.rack.address}/boot/host.ipxe?mac=${mac}`;
    const { stdout } = await run(station.inNamespace(['curl', '-s', '--interface', address, url]));
    expect(stdout).toContain('kernel http://');
  }
}

/** Until the machine that went last holds up nobody: else it is for that one that others wait, and a holder too. */
async function untilFree(): Promise<void> {
  const { bandwidth, going } = (await lab.service.api.get('/queue')) as QueueView;
  const until = going.map(({ since, bytes }) => Date.parse(since) + (0.75 * bytes * 1000) / bandwidth!);
  await sleep(Math.max(0, ...until.map((at) => at - Date.now())) + 1000);
}

async function waits(host: string): Promise<void> {
  const boot = await untilBoot(
    lab,
    host,
    'the word to wait',
    ({ steps }) => steps.some(({ message }) => message.includes('waits for its turn')),
    LIMIT,
  );
  expect(boot.diagnoses[0]).toMatchObject({ kind: 'waits-for-turn', effect: 'slows' });
  expect(await lab.service.api.get('/queue')).toMatchObject({ waiting: [{ place: 1, name: host }] });
  const waited = boot.steps.filter(({ message }) => /vmlinuz/.test(message));
  expect(waited).toEqual([]);
}

async function goesOn(host: string): Promise<BootAnswer> {
  await untilBoot(lab, host, 'its kernel', (boot) => asked(boot, /vmlinuz/) > 0, 120_000);
  const boot = await bootOf(lab, host);
  const told = boot.steps.flatMap(({ message }) => /is told: (.*)/.exec(message)?.[1] ?? []);
  expect(told).toEqual([
    expect.stringMatching(new RegExp(`^${host} waits for its turn: place 1, about \\d+ s$`)),
    expect.stringContaining(`host ${host} boots image lab`),
  ]);
  expect(boot.diagnoses.filter(({ effect }) => effect === 'stops')).toEqual([]);
  log(
    `${host}:\n${boot.steps.map(({ time, message }) => `    ${time.slice(11, 23)} ${message}`).join('\n')}`,
  );
  return boot;
}

/** How often a step said so. */
function asked({ steps }: BootAnswer, what: RegExp): number {
  return steps.filter(({ message }) => what.test(message)).reduce((sum, { times }) => sum + times, 0);
}

/** Without what places the cursor; GRUB breaks lines at 80 columns. */
function plain(text: string): string {
  return text.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '').replace(/\r?\n/g, '');
}

async function picture(host: string): Promise<void> {
  const shots = process.env.RACKHAND_SHOTS;
  if (!shots) return;
  await mkdir(shots, { recursive: true });
  await lab.rack.node(host).screenshot(`${shots}/waits-${host}.png`);
}
