import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { expect, it } from 'vitest';
import { addBuilderCommands } from '../builder/cli.ts';
import { addServerCommands } from '../pxe-server/cli.ts';
import { addLabCommands } from './lab/cli.ts';

/** Who stands before a machine that does not boot types what a mend says: each command that a text names is one. */

const ROOT = join(import.meta.dirname, '..');
const FILES = globSync(
  [
    'README.md',
    'docs/*.md',
    '{builder,pxe-server}/**/*.{ts,js,sh}',
    'builder/overlay/root/usr/{bin,libexec}/**',
  ],
  { cwd: ROOT, withFileTypes: true },
)
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name));

const program = new Command();
addBuilderCommands(program);
addServerCommands(program, '0');
addLabCommands(program);

/** Marks in files of hosts, the firewall's chain that has our name, and words of sentences. */
const OTHERS = new Set(['begin', 'end', 'input', 'has', 'that']);
/** Comments are prose for who reads the code. */
const COMMENT = /^\s*(\/\/|\/?\*|#).*$/gm;

/** What is named in a text and is no command: its words as far as the first that is unknown. */
function unknown(text: string): string[] {
  return [...text.matchAll(/(?<![\w/.-])rackhand((?: +[a-z][a-z-]*)+)/g)].flatMap(([, said]) => {
    const told = ['rackhand'];
    let at: Command | undefined = program;
    for (const word of said!.trim().split(/ +/)) {
      if (at.commands.length === 0 || OTHERS.has(word)) return [];
      told.push(word);
      at = at.commands.find((command) => command.name() === word);
      if (!at) return [told.join(' ')];
    }
    return [];
  });
}

function textOf(file: string): string {
  const text = readFileSync(file, 'utf8');
  return file.endsWith('.md') ? text : text.replace(COMMENT, '');
}

it('finds what is none, at any depth', () => {
  expect(
    unknown('look: rackhand hosts why NODE, or rackhand status; rackhand kickstart templates undo'),
  ).toEqual(['rackhand status', 'rackhand kickstart templates undo']);
});
it('every command that a text names exists', () => {
  expect(FILES.length).toBeGreaterThan(300);
  const found = FILES.flatMap((file) =>
    unknown(textOf(file)).map((said) => `${file.slice(ROOT.length + 1)}: ${said}`),
  );
  expect(found).toEqual([]);
});
