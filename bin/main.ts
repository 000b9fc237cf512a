import { Command, CommanderError } from 'commander';
import { explain, RackhandError } from '../builder/shared/errors.ts';

/** Arguments → a call. Exit code 0 done, 1 failed with a mend, 2 wrong usage, 70 a defect of ours. */
async function main(argv: string[]): Promise<number> {
  const program = new Command('rackhand')
    .description('Minimal KVM hypervisor images, and the server that boots racks with them')
    .exitOverride();
  try {
    await program.parseAsync(argv);
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`${explain(error)}\n`);
    return error instanceof RackhandError ? 1 : 70;
  }
}

process.exitCode = await main(process.argv);
