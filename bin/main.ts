import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { addBuilderCommands } from '../builder/cli.ts';
import { errno, explain, RackhandError } from '../builder/shared/errors.ts';
import { printable } from '../builder/shared/printable.ts';
import { addServerCommands } from '../pxe-server/cli.ts';

/** Arguments → a call. Exit code 0 done, 1 failed with a mend, 2 wrong usage, 70 a defect of ours. */
async function main(argv: string[]): Promise<number> {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const program = new Command('rackhand')
    .description('Minimal KVM hypervisor images, and the server that boots racks with them')
    .version(version)
    .enablePositionalOptions() // --version behind a command is that command's own
    .exitOverride();
  addBuilderCommands(program);
  addServerCommands(program, version);
  if (argv[2] === 'lab') {
    const { addLabCommands } = await import('../test/lab/cli.ts');
    addLabCommands(program);
  } else program.command('lab').description('virtual rack: demo, up, down, status, console');
  try {
    await program.parseAsync(argv);
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`${printable(explain(error))}\n`); // it may quote a file or an answer
    return error instanceof RackhandError ? 1 : 70;
  }
}

// Whoever reads has seen enough: rackhand images sbom IMAGE | head
process.stdout.on('error', (error) => {
  if (errno(error) !== 'EPIPE') throw error;
  process.exit();
});
process.exitCode = await main(process.argv);
