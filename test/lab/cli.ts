import type { Command } from 'commander';
import { demo } from './demo.ts';
import { labFolder } from './folder.ts';
import { addRackCommands } from './rack/cli.ts';
import { stopOnSignals } from './stop.ts';

/** `rackhand lab demo`, and the commands of the virtual rack. */
export function addLabCommands(program: Command): void {
  addRackCommands(program)
    .command('demo')
    .description('build the lab image, boot two machines over the network, show them up')
    .action(() => demo(labFolder(), process.stdout.isTTY === true, stopOnSignals()));
}
