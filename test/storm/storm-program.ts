import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { findLoaders } from '../../pxe-server/boot/loaders.ts';
import { RelayClients } from '../pxe-server/dhcp/relay-clients.ts';
import { freshRequest } from '../pxe-server/enrol/request.ts';
import { sleep } from './fault.ts';
import { live, type Machine, type World } from './machine.ts';
import type { StormOptions } from './run.ts';
import { macOfHost } from './service.ts';
import { Tally } from './steps.ts';

/**
 * `storm-program.ts OPTIONS`: makes the keys of all machines and prints "ready"; at a line "go" it switches them on, and
 * prints "finished N" at each that has come to its end, then one line of JSON.
 */
const options = JSON.parse(process.argv[2]!) as StormOptions;
const { relay, server, first, machines: count, spreadSeconds, kernelSeconds, resetSeconds } = options;

const paths = await findLoaders();
const loaders = new Map([...paths].map(([name, path]) => [name, readFileSync(path)]));
const machines: Machine[] = [];
for (let i = 0; i < count; i++) machines.push({ mac: macOfHost(first + i), csr: await freshRequest() });
const dhcp = await RelayClients.open({ relay, server });
process.stdout.write('ready\n');
const lines = createInterface({ input: process.stdin });
await new Promise<void>((go) => lines.once('line', () => go()));
lines.close();

const tally = new Tally(count);
const world: World = { dhcp, server, loaders, tally, kernelSeconds, resetSeconds };
await Promise.all(
  machines.map(async (machine, i) => {
    await sleep((i * spreadSeconds * 1000) / count);
    await live(machine, world).catch(() => undefined); // its fault is told
    process.stdout.write(`finished ${tally.result.finished}\n`);
  }),
);
dhcp.close();
process.stdout.write(`${JSON.stringify(tally.result)}\n`);
