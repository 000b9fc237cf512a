import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO_NODES } from '../lab/demo.ts';
import { labFolder } from '../lab/folder.ts';
import { type Lab, labUp, waitForState } from '../lab/lab.ts';

/** Power-on to up under emulation, with two machines at once. */
const UP_MS = 14 * 60_000;

const log = (line: string) => process.stdout.write(`  ${line}\n`);
let lab: Lab;

beforeAll(async () => {
  const iso = { name: 'iso-1', firmware: 'uefi' as const, memory: 2560, serialNumber: 'LAB-0003' };
  const folder = labFolder(undefined, 'e2e');
  lab = await labUp({
    folder,
    nodes: [...DEMO_NODES, iso],
    hosts: (rack) =>
      DEMO_NODES.map((node) => ({
        name: node.name,
        macs: [rack.node(node.name).macs[0]],
        arm: 'always',
      })),
    progress: log,
  });
});
afterAll(async () => {
  await lab?.down();
});

describe('two bare machines', () => {
  it('boot over the network, register, and are proved by a KVM guest', async () => {
    await Promise.all(
      DEMO_NODES.map(async ({ name }) => {
        const on = Date.now();
        await lab.rack.node(name).powerOn();
        const host = await waitForState(lab, name, ['up'], UP_MS, log);
        log(`${name}: up ${Math.round((Date.now() - on) / 1000)} s after power-on`);
        expect(host.inventory?.firmware).toBe(name.startsWith('bios') ? 'bios' : 'uefi');
      }),
    );
  });
});
