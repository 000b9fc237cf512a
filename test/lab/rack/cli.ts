import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Argument, type Command, InvalidArgumentError } from 'commander';
import { findRack, rackDown } from '../../../builder/trial/rack/rack.ts';
import { type CheckedNode, parseNode } from '../../../builder/trial/rack/spec.ts';
import { apiClient } from '../../../pxe-server/api/client.ts';
import { DEMO_NODES } from '../demo.ts';
import { labFolder } from '../folder.ts';
import { type HostRow, labUp } from '../lab.ts';
import { stopOnSignals } from '../stop.ts';
import { attachConsole } from './console.ts';

/** Folder of a rack that outlives its command; the demo and the tests have their own. */
const FOLDER = labFolder(undefined, 'rack');

/** `rackhand lab up|down|status|power|console|screenshot`. */
export function addRackCommands(program: Command): Command {
  const lab = program.command('lab').description('virtual rack: bare machines to boot');
  lab
    .command('up')
    .description('build the lab image, start service and machines, and leave them running')
    .option(
      '--node <spec>',
      'name=NAME,firmware=bios|uefi|uefi-secure[,memory=MIB][,cpus=N][,nics=N][,card=CARD][,disk=8G][,iso=/FILE]',
      collect,
      [],
    )
    .option('--off', 'do not switch the machines on')
    .action(up);
  lab
    .command('down')
    .description('end service and machines')
    .action(() => rackDown(FOLDER.run));
  lab.command('status').description('machines and hosts').action(status);
  lab
    .command('power')
    .description('switch a machine on or off, or reset it')
    .argument('<node>')
    .addArgument(new Argument('<what>').choices(['on', 'off', 'reset']))
    .action(async (name: string, what: 'on' | 'off' | 'reset') => {
      const node = (await findRack(FOLDER.run)).node(name);
      await { on: node.powerOn, off: node.powerOff, reset: node.reset }[what]();
      process.exit(0); // the machine stays; its channel would keep this process
    });
  lab
    .command('console')
    .description("join a machine's serial port; Ctrl-] leaves")
    .argument('<node>')
    .action(async (name: string) => attachConsole((await findRack(FOLDER.run)).node(name)));
  lab
    .command('screenshot')
    .description("write a machine's screen as PNG")
    .argument('<node>')
    .argument('<file>')
    .action(async (name: string, file: string) =>
      (await findRack(FOLDER.run)).node(name).screenshot(resolve(file)),
    );
  return lab;
}

async function up({ node: given, off }: { node: CheckedNode[]; off?: boolean }): Promise<void> {
  const started = Date.now();
  const progress = (line: string) => {
    process.stdout.write(`[${((Date.now() - started) / 1000).toFixed(0).padStart(5)} s] ${line}\n`);
  };
  const nodes = given.length > 0 ? given : DEMO_NODES;
  const lab = await labUp({ folder: FOLDER, nodes, progress, signal: stopOnSignals(), tied: false });
  for (const node of off ? [] : lab.rack.nodes()) {
    await node.powerOn();
    progress(`${node.spec.name}: power on; serial log ${node.serialLog}`);
  }
  process.stdout.write(`\npage:  ${lab.service.url}/#token=${lab.service.token}\n`);
  process.stdout.write('next:  rackhand lab status | console NODE | power NODE on|off|reset | down\n');
  process.exit(0); // the machines stay; their channels would keep this process
}

async function status(): Promise<void> {
  const rack = await findRack(FOLDER.run);
  const hosts = await hostsOf(FOLDER.run).catch((): HostRow[] => []);
  for (const node of rack.nodes()) {
    const { name, firmware, memory } = node.spec;
    const host = hosts.find((h) => h.name === name);
    const told = host ? `${host.state} (${host.reason})` : 'no such host on the service';
    const power = (await node.isOn()) ? 'on' : 'off';
    const cells = [name.padEnd(12), firmware.padEnd(11), `${memory} MiB`.padEnd(9), power.padEnd(3), told];
    process.stdout.write(`${cells.join('  ')}\n`);
  }
  const service = await rack.processes.running('service');
  process.stdout.write(
    `${rack.accelerator}; service ${service === undefined ? 'down' : `process ${service}`}\n`,
  );
}

async function hostsOf(run: string): Promise<HostRow[]> {
  const { url, token } = JSON.parse(await readFile(join(run, 'service.json'), 'utf8'));
  return ((await apiClient(url, token).get('/hosts')) as { hosts: HostRow[] }).hosts;
}

function collect(text: string, before: CheckedNode[]): CheckedNode[] {
  try {
    return [...before, parseNode(text)];
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}
