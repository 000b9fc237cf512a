import { Command } from 'commander';
import { expect, it } from 'vitest';
import { addServerCommands } from '../../pxe-server/cli.ts';

it.each(['abc', '', '-1', '2', '3.5', '1e9'])('--api-fd %j is refused as an argument', async (given) => {
  const written: string[] = [];
  const program = new Command('rackhand').exitOverride();
  program.configureOutput({ writeErr: (text) => written.push(text) });
  addServerCommands(program, '0.0.0-test');
  for (const command of program.commands) command.exitOverride().copyInheritedSettings(program);
  const argv = ['serve', '--config', '/nonexistent/rackhand.yaml', `--api-fd=${given}`];
  await expect(program.parseAsync(argv, { from: 'user' })).rejects.toMatchObject({
    code: 'commander.invalidArgument',
  });
  expect(written.join()).toContain('a whole number from 3 to 1048576 is needed');
});
