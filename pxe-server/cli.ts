import type { Command } from 'commander';
import { addHostCommands } from './commands/hosts.ts';
import { addKickstartCommands } from './commands/kickstart.ts';
import { addLeaseCommands } from './commands/leases.ts';
import { addQueueCommands } from './commands/queue.ts';
import { wholeNumber } from './commands/whole-number.ts';

/** Standard streams come first; the kernel lets no process have more. */
const descriptor = wholeNumber(3, 1 << 20);

/** `rackhand serve`, `hosts …`, `leases …`, `queue …` and `kickstart …`. */
export function addServerCommands(program: Command, version: string): void {
  program
    .command('serve')
    .description('run the provisioning service')
    .requiredOption('--config <file>', 'configuration (YAML)')
    .option(
      '--api-fd <number>',
      'listening socket for the API, handed down by the service manager',
      descriptor,
    )
    .action(async (options: { config: string; apiFd?: number }) => {
      // Loaded when it serves: every other command starts sooner without.
      const { serve } = await import('./main.ts');
      const stopping = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
      await serve({ ...options, version, signal: stopping.signal });
    });
  addHostCommands(program);
  addLeaseCommands(program);
  addKickstartCommands(program);
  addQueueCommands(program);
}
