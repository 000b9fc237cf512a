import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RackhandError } from '../../builder/shared/errors.ts';
import type { NodeSpec } from '../../builder/trial/rack/rack.ts';
import type { LabFolder } from './folder.ts';
import { type HostRow, type Lab, labUp, waitForState } from './lab.ts';
import { untilStopped } from './stop.ts';

export const DEMO_NODES: NodeSpec[] = [
  { name: 'bios-1', firmware: 'bios', memory: 2560, disk: '8G', serialNumber: 'LAB-0001' },
  { name: 'uefi-1', firmware: 'uefi', memory: 2560, disk: '8G', serialNumber: 'LAB-0002' },
];

/** Power-on to up, emulated, two at a time. */
const UP_MS = 20 * 60_000;

/**
 * The demo: image, service, rack, two machines up. On a terminal it stays until the signal; without one it
 * ends. Whatever happens, nothing of it is left.
 */
export async function demo(folder: LabFolder, stay: boolean, signal: AbortSignal): Promise<void> {
  const started = Date.now();
  const progress = (line: string) => {
    process.stdout.write(`[${((Date.now() - started) / 1000).toFixed(0).padStart(5)} s] ${line}\n`);
  };
  const lab = await labUp({ folder, nodes: DEMO_NODES, progress, signal });
  try {
    const rows = await bootAll(lab, progress, signal);
    show(lab, rows);
    await writeFile(
      join(folder.root, 'demo.json'),
      JSON.stringify({ bootTimes: Object.fromEntries(lab.bootTimes), rows }, null, 1),
    );
    if (stay) {
      process.stdout.write('\nrunning until Ctrl-C\n');
      await untilStopped(signal);
    }
  } finally {
    progress('tearing down');
    await lab.down();
  }
}

async function bootAll(lab: Lab, progress: (line: string) => void, signal: AbortSignal): Promise<HostRow[]> {
  const rows: HostRow[] = [];
  await Promise.all(
    DEMO_NODES.map(async ({ name }) => {
      const on = Date.now();
      await lab.rack.node(name).powerOn();
      progress(`${name}: power on`);
      rows.push(await waitForState(lab, name, ['up'], UP_MS, progress, signal));
      lab.bootTimes.set(name, Date.now() - on);
    }),
  );
  return rows.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function show(lab: Lab, rows: HostRow[]): void {
  const out = (line: string) => process.stdout.write(`${line}\n`);
  out(`\npage:  ${lab.service.url}/#token=${lab.service.token}\n`);
  out(
    `${'host'.padEnd(10)} ${'state'.padEnd(8)} ${'firmware'.padEnd(9)} ${'address'.padEnd(16)} power-on to up`,
  );
  for (const row of rows) {
    const seconds = ((lab.bootTimes.get(row.name) ?? 0) / 1000).toFixed(0);
    const firmware = row.inventory?.firmware ?? '';
    out(
      `${row.name.padEnd(10)} ${row.state.padEnd(8)} ${firmware.padEnd(9)} ${(row.managementAddress ?? '').padEnd(16)} ${seconds} s`,
    );
  }
  if (rows.some((row) => row.state !== 'up')) {
    throw new RackhandError(
      'demo-failed',
      'not every host is up',
      'see the timeline of the host on the page',
    );
  }
}
