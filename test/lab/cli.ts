import type { Command } from 'commander';
import { demo } from './demo.ts';
import { labFolder } from './folder.ts';
import { addRackCommands } from './rack/cli.ts';

/** `rackhand lab demo`, and the commands of the virtual rack. */
export function addLabCommands(program: Command): void {
  const lab = addRackCommands(program);
  lab
    .command('demo')
    .description('build the lab image, boot two machines over the network, show them up')
    .action(async () => {
      const stopping = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
        process.on(signal, () => {
          if (!stopping.signal.aborted) process.stderr.write('\nstopping; cleaning up\n');
          stopping.abort();
        });
      }
      await demo(labFolder(), process.stdout.isTTY === true, stopping.signal);
    });
}
