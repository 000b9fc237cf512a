import { type Arguments, nearest, readArguments, type Values } from './arguments.ts';
import type { LineNode } from './nodes.ts';
import { type Reading, report } from './reading.ts';
import { releaseTitle } from './releases.ts';
import { otherRules } from './rules/other.ts';
import { readRealm } from './rules/realm.ts';
import type { Rule } from './rules/rule.ts';
import { conflictOf } from './rules/sequence.ts';
import { storageRules } from './rules/storage.ts';
import type { Command } from './tables/catalogue.ts';
import { type CommandRow, REPLACEMENTS } from './tables/rows.ts';
import type { Value } from './values.ts';
import { quoteWord, type Word } from './words.ts';

const RULES: Readonly<Record<string, readonly Rule[]>> = { ...storageRules, ...otherRules };

/** Reads a line of commands; whatever is wrong with it is told. */
export function readCommand(reading: Reading, node: LineNode): void {
  const before = reading.findings.length;
  const word = node.words[0]!;
  const command = reading.catalogue.commands.get(word.text);
  if (!command || command.status === 'removed' || command.status === 'absent') {
    refuseCommand(reading, node, command);
    return;
  }
  const { name } = command.row;
  tellStatus(reading, node, command);
  const read = command.status === 'ignored' ? NOTHING : readValues(reading, node, command);
  if (command.status !== 'ignored') tellSequence(reading, node, command.row, read.values);
  const valid = !reading.findings.slice(before).some(({ severity }) => severity === 'error');
  reading.nodes.push({ is: 'command', ...node, name, status: command.status, ...read, valid });
}

const NOTHING = { values: {}, at: new Map<string, Word>() };

function refuseCommand(reading: Reading, node: LineNode, command: Command | undefined): void {
  const word = node.words[0]!;
  const { release, catalogue } = reading;
  if (command?.status === 'removed') {
    const message = `${word.text} is gone in ${releaseTitle(release)}`;
    const mend = REPLACEMENTS[command.row.name] ?? 'take the line away';
    report(reading, node, { code: 'command-removed', message, mend, word });
    return;
  }
  const near = reading.findings.length < 100 ? nearest(word.text, catalogue.commands.keys()) : undefined;
  const mend = near ? `did you mean ${near}?` : 'take the line away';
  const message = `${releaseTitle(release)} has no command ${word.text || '""'}`;
  report(reading, node, { code: 'command-unknown', message, mend, word });
}

function tellStatus(reading: Reading, node: LineNode, { status, row }: Command): void {
  if (status === 'active') return;
  const release = releaseTitle(reading.release);
  const message =
    status === 'ignored'
      ? `${row.name} has no effect in ${release}`
      : `${row.name} is going away (${release})`;
  const mend = REPLACEMENTS[row.name] ?? 'take the line away';
  report(reading, node, { code: 'command-deprecated', message, mend, word: node.words[0] }, 'deprecation');
}

function readValues(reading: Reading, node: LineNode, { row, grammar }: Command) {
  const words = node.words.slice(1);
  if (row.name === 'realm') return foreignRealm(reading, node, words);
  if (row.foreign) {
    const options = words.map(({ text }) => quoteWord(text)).join(' ');
    return { values: { options }, at: new Map<string, Word>() };
  }
  const read = readArguments(grammar, words, reading.release);
  tellArguments(reading, node, read, RULES[row.name]);
  return { values: shaped(row.name, read.values), at: read.at };
}

/** Tells what is wrong with arguments, by themselves and, if they are right, together. */
export function tellArguments(
  reading: Reading,
  node: LineNode,
  read: Arguments,
  rules: readonly Rule[] = [],
): void {
  for (const { row, word } of read.deprecated) {
    const name = row.names[0];
    const message = `${name} is going away (${releaseTitle(reading.release)})`;
    const mend = REPLACEMENTS[name] ?? 'take it away';
    report(reading, node, { code: 'option-deprecated', message, mend, word }, 'deprecation');
  }
  for (const problem of read.problems) report(reading, node, problem);
  if (read.problems.length > 0) return;
  for (const rule of rules) {
    const problem = rule(read.values, reading.release);
    if (!problem) continue;
    const word = problem.field === undefined ? undefined : read.at.get(problem.field);
    report(reading, node, { ...problem, word });
  }
}

function foreignRealm(reading: Reading, node: LineNode, words: readonly Word[]) {
  const read = readRealm(words.map(({ text }) => text));
  if ('problem' in read) report(reading, node, read.problem);
  return { values: 'problem' in read ? {} : read.values, at: new Map<string, Word>() };
}

/** Words that stand without options mean different things to different commands. */
function shaped(name: string, values: Record<string, Value>): Values {
  const { words, zones, layouts, ...rest } = values as Record<string, Value> & Record<string, string[]>;
  if (name === 'volgroup')
    return { ...rest, ...(words?.[0] ? { name: words[0] } : {}), members: words?.slice(1) ?? [] };
  if (name === 'timezone') return { ...rest, ...(zones?.[0] ? { zone: zones[0] } : {}) };
  if (name === 'updates') return values.url ? { url: (values.url as string[])[0] ?? '' } : {};
  if (name === 'keyboard') return { ...rest, ...(layouts?.[0] ? { layout: layouts[0] } : {}) };
  if (name === 'sshpw') return { ...rest, password: (values.password as string[]).join(' ') };
  if (name === 'bootloader' && values.md5pass) return { ...rest, password: values.md5pass, iscrypted: true };
  return values;
}

/** What is wrong with a line only because of those before it. */
function tellSequence(reading: Reading, node: LineNode, row: CommandRow, values: Values): void {
  const word = node.words[0];
  const conflict = conflictOf(reading.seen, row.name);
  if (conflict) {
    const message = `${row.name} cannot stand in one kickstart with ${conflict}`;
    report(reading, node, { code: 'commands-exclusive', message, mend: 'keep one of them', word });
  }
  reading.seen.add(row.name);
  const parts = row.identity?.fields.map((field) => values[field]);
  if (!parts || parts.every((part) => part === undefined || part === '')) return;
  if (row.identity!.except?.includes(String(parts[0]))) return;
  const key = JSON.stringify([row.name, ...parts]);
  const first = reading.identities.get(key);
  reading.identities.set(key, first ?? node.line.number);
  if (first === undefined) return;
  const message = `${row.name} ${parts.join(' ')} was there already, in line ${first}`;
  report(reading, node, { code: 'defined-twice', message, mend: 'keep one of them', word }, 'warning');
}
