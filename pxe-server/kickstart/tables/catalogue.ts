import { RELEASES, type Release } from '../releases.ts';
import { networkCommands } from './network.ts';
import type { CommandRow, OptionRow, PositionalRow, Status } from './rows.ts';
import { packageGroup, type SectionRow, sections } from './sections.ts';
import { sourceCommands } from './source.ts';
import { storageCommands } from './storage.ts';
import { systemCommands } from './system.ts';

/** What may follow a command or the opening of a section, in one release. */
export interface Grammar {
  /** By every name that they have. */
  options: ReadonlyMap<string, OptionRow>;
  /** Sorted: what begins alike stands together. */
  names: readonly string[];
  required: readonly OptionRow[];
  positionals: readonly PositionalRow[];
  defaults: readonly OptionRow[];
}

export interface Command {
  row: CommandRow;
  status: Status;
  grammar: Grammar;
}

export interface Section {
  row: SectionRow;
  status: Status;
  grammar: Grammar;
}

export interface Catalogue {
  commands: ReadonlyMap<string, Command>;
  sections: ReadonlyMap<string, Section>;
  /** What may follow @group in %packages. */
  packageGroup: Grammar;
}

export const COMMAND_ROWS: readonly CommandRow[] = [
  ...storageCommands,
  ...networkCommands,
  ...sourceCommands,
  ...systemCommands,
];

/** What a release knows, ready for reading. */
export function catalogueOf(release: Release): Catalogue {
  return CATALOGUES[release];
}

const CATALOGUES = Object.fromEntries(RELEASES.map((release) => [release, build(release)])) as Record<
  Release,
  Catalogue
>;

function build(release: Release): Catalogue {
  const status = (row: CommandRow | SectionRow) => row.status?.[release] ?? 'active';
  const commands = COMMAND_ROWS.flatMap((row) =>
    [row.name, ...(row.aliases ?? [])].map((name): [string, Command] => [
      name,
      { row, status: status(row), grammar: grammarOf(row.options ?? [], row.positionals ?? [], release) },
    ]),
  );
  const known = sections.map((row): [string, Section] => [
    row.name,
    { row, status: status(row), grammar: grammarOf(row.options ?? [], [], release) },
  ]);
  return {
    commands: new Map(commands),
    sections: new Map(known),
    packageGroup: grammarOf(packageGroup, [], release),
  };
}

function grammarOf(
  rows: readonly OptionRow[],
  positionals: readonly PositionalRow[],
  release: Release,
): Grammar {
  const present = rows.filter((row) => row.in?.includes(release) ?? true);
  const options = new Map(present.flatMap((row) => row.names.map((name) => [name, row] as const)));
  return {
    options,
    names: [...options.keys()].sort(),
    required: present.filter((row) => row.required?.includes(release)),
    positionals,
    defaults: present.filter((row) => row.default !== undefined),
  };
}
