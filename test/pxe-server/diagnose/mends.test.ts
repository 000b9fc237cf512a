import { Command } from 'commander';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { addBuilderCommands } from '../../../builder/cli.ts';
import { addServerCommands } from '../../../pxe-server/cli.ts';
import { Configuration } from '../../../pxe-server/config/schema.ts';
import { diagnose } from '../../../pxe-server/diagnose/diagnose.ts';
import { typedParts } from '../../../pxe-server/ui/page/words.js';
import { LOADER_SCENES } from './loader-scenes.ts';
import { NETWORK_SCENES } from './network-scenes.ts';
import type { Scene } from './scene.ts';
import { SCRIPT_SCENES } from './script-scenes.ts';
import { SYSTEM_SCENES } from './system-scenes.ts';
import { TRANSFER_SCENES } from './transfer-scenes.ts';

// Whoever stands at the rack types what is written there: it has to exist.

const SCENES = Object.entries({
  ...NETWORK_SCENES,
  ...LOADER_SCENES,
  ...TRANSFER_SCENES,
  ...SCRIPT_SCENES,
  ...SYSTEM_SCENES,
}) as [string, Scene[]][];
const MENDS = SCENES.flatMap(([kind, scenes]) =>
  scenes.flatMap(({ trace, facts }) => diagnose(trace, facts).filter((found) => found.kind === kind)),
).map(({ kind, mend }) => [kind, mend] as const);

const program = new Command('rackhand');
addBuilderCommands(program);
addServerCommands(program, '0');

it.each(MENDS)('%s names commands as they are: %s', (_kind, mend) => {
  // As the page marks them.
  for (const { text, typed } of typedParts(mend)) if (typed) assertCommand(text);
});

it.each(MENDS)('%s names settings as they are: %s', (_kind, mend) => {
  const schema = JSON.stringify(z.toJSONSchema(Configuration, { io: 'input', unrepresentable: 'any' }));
  // In camel case, or of a group: tokenMinutes, secureBoot.grub
  const settings = mend.match(/\b[a-z]{3,}[A-Z][A-Za-z]*(\.[a-z]+)?\b|\bimages\.[a-z]+\b/g) ?? [];
  for (const name of settings.flatMap((setting) => setting.split('.')))
    expect(schema).toContain(`"${name}":`);
});

it('most of them name a command', () => {
  const named = new Set(MENDS.filter(([, mend]) => mend.includes('rackhand ')).map(([kind]) => kind));
  expect(named.size).toBeGreaterThan(20);
});

it.each(MENDS)('%s leaves no name open that is known: %s', (_kind, mend) => {
  expect(mend).not.toMatch(/\bHOST\b/);
});

function assertCommand(typed: string): void {
  const words = typed.split(' ').slice(1);
  let command: Command = program;
  while (command.commands.length > 0) {
    const verb = words.shift();
    const next = command.commands.find((found) => found.name() === verb);
    expect(next, `there is no "${typed}"`).toBeDefined();
    command = next!;
  }
  const given = words.filter((word) => word.startsWith('--'));
  const known = command.options.map(({ long }) => long);
  expect(known, typed).toEqual(expect.arrayContaining(given));
  for (const { mandatory, long } of command.options) if (mandatory) expect(given, typed).toContain(long);
  const before = words.findIndex((word) => word.startsWith('--'));
  const named = before < 0 ? words : words.slice(0, before);
  const needed = command.registeredArguments.filter(({ required }) => required).length;
  expect(named.length, typed).toBeGreaterThanOrEqual(needed);
  expect(named.length, typed).toBeLessThanOrEqual(command.registeredArguments.length);
  for (const [i, word] of named.entries()) {
    const choices = command.registeredArguments[i]!.argChoices;
    if (choices) expect(choices, typed).toContain(word);
  }
}
