import { copyFile, mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RackhandError } from '../../shared/errors.ts';
import { type Daemon, startDaemon } from '../../shared/process/daemon.ts';
import { run } from '../../shared/process/run.ts';
import { findFirmware, findQemu } from './firmware.ts';
import { addTap, lifeline, type RackNetwork } from './network.ts';
import type { Processes } from './processes.ts';
import { type Accelerator, type NodePaths, qemuArguments } from './qemu-arguments.ts';
import { qmp } from './qmp.ts';
import { type CheckedNode, macOf, uuidOf } from './spec.ts';

export interface RackNode {
  readonly spec: CheckedNode;
  readonly macs: string[];
  readonly serialLog: string;
  /** Unix sockets of the serial console and of the port that tells health. */
  readonly console: string;
  readonly channel: string;
  powerOn(): Promise<void>;
  /** At once, as if the plug were pulled. */
  powerOff(): Promise<void>;
  reset(): Promise<void>;
  isOn(): Promise<boolean>;
  /** Writes what the screen shows as PNG. */
  screenshot(file: string): Promise<void>;
  /** The lines of a screen in VGA's text mode, as BIOS machines have it until their kernel starts. */
  screenText(): Promise<string>;
}

export interface NodeParts {
  /** Of the rack. */
  folder: string;
  network: RackNetwork;
  processes: Processes;
  accelerator: Accelerator;
  /** Ends with the process that started it. */
  tied: boolean;
}

/** Machines share two processors with others that are emulated. */
const ANSWER_MS = 30_000;

/** What a machine needs before it is first switched on: an empty disk, firmware variables, its network ports. */
export async function layNode(spec: CheckedNode, index: number, parts: NodeParts): Promise<void> {
  const folder = nodeFolder(parts.folder, spec.name);
  await mkdir(folder, { recursive: true });
  const paths = nodePaths(folder);
  const uefi = await findFirmware(spec.firmware);
  if (uefi) await copyFile(uefi.variables, paths.variables);
  if (spec.disk) await run(['qemu-img', 'create', '-q', '-f', 'qcow2', paths.disk, spec.disk]);
  for (const tap of tapsOf(spec, index)) await addTap(parts.network, tap);
}

/** Machine `index` of the rack (from 0), as layNode left it. */
export function rackNode(spec: CheckedNode, index: number, parts: NodeParts): RackNode {
  const { network, processes, tied, accelerator } = parts;
  const name = `node-${spec.name}`;
  const paths = nodePaths(nodeFolder(parts.folder, spec.name));
  const macs = Array.from({ length: spec.nics }, (_, nic) => macOf(index, nic));
  return {
    ...{ spec, macs, serialLog: paths.serialLog, console: paths.serial, channel: paths.channel },
    async powerOn() {
      if ((await processes.running(name)) !== undefined) return;
      const facts = {
        qemu: await findQemu(),
        uefi: await findFirmware(spec.firmware),
        accelerator,
        macs,
        paths,
      };
      const argv = qemuArguments(spec, { ...facts, uuid: uuidOf(index), taps: tapsOf(spec, index) });
      const log = await open(paths.log, 'w');
      const daemon = startDaemon([...lifeline(tied), ...network.inNamespace(argv)], {
        stdio: ['ignore', log.fd, log.fd],
      });
      await log.close();
      if (daemon.pid) await processes.record(name, daemon.pid);
      if (!tied) daemon.child.unref();
      const why = await whyNotRunning(daemon, answers(paths.qmp, daemon));
      if (why === undefined) return;
      await processes.end(name, 0);
      const said = (await readFile(paths.log, 'utf8')).trim();
      const what = `QEMU of ${spec.name} ${why}${said ? `: ${said}` : ''}`;
      throw new RackhandError('machine-failed', what, `see ${paths.log}`);
    },
    powerOff: () => processes.end(name, 0),
    reset: async () => void (await qmp(paths.qmp, 'system_reset')),
    isOn: async () => (await processes.running(name)) !== undefined,
    screenshot: async (filename) => void (await qmp(paths.qmp, 'screendump', { filename, format: 'png' })),
    async screenText() {
      await qmp(paths.qmp, 'pmemsave', { ...TEXT_MEMORY, filename: paths.text });
      return textOf(await readFile(paths.text));
    },
  };
}

/** 25 rows of 80 cells, a character and its colours each. */
const TEXT_MEMORY = { val: 0xb8000, size: 25 * 80 * 2 };

export function textOf(cells: Buffer): string {
  const characters = Buffer.from(cells.filter((_, i) => i % 2 === 0)).toString('latin1');
  const rows = characters.replaceAll('\0', ' ').match(/.{80}/gs) ?? [];
  return rows.map((row) => row.trimEnd()).join('\n');
}

function tapsOf(spec: CheckedNode, index: number): string[] {
  return Array.from({ length: spec.nics }, (_, nic) => `tap${index}-${nic}`);
}

/** Undefined once QEMU answers; else what became of it. */
export async function whyNotRunning(daemon: Daemon, answers: Promise<boolean>): Promise<string | undefined> {
  const ended = daemon.exited.then(({ code, signal }) => {
    if (daemon.pid === undefined) return 'cannot be started';
    return signal ? `ended by ${signal}` : `ended with exit code ${code}`;
  });
  const silent = answers.then((ok) => (ok ? undefined : 'does not answer on its control socket'));
  return Promise.race([ended, silent]);
}

/** Whether QEMU answers on its control socket within the time: it runs and has taken its arguments. */
async function answers(path: string, { child }: Daemon): Promise<boolean> {
  const until = Date.now() + ANSWER_MS;
  while (Date.now() < until && child.exitCode === null && child.signalCode === null) {
    const ok = await qmp(path, 'query-status').then(
      () => true,
      () => false,
    );
    if (ok) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

function nodeFolder(rack: string, name: string): string {
  return join(rack, 'nodes', name);
}

function nodePaths(folder: string): NodePaths & { text: string } {
  return {
    qmp: join(folder, 'qmp.sock'),
    serial: join(folder, 'serial.sock'),
    serialLog: join(folder, 'serial.log'),
    log: join(folder, 'qemu.log'),
    disk: join(folder, 'disk.qcow2'),
    variables: join(folder, 'variables.fd'),
    channel: join(folder, 'channel.sock'),
    text: join(folder, 'screen.bin'),
  };
}
