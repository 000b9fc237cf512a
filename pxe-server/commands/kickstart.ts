import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { installPlanSchema } from '../../builder/contract/install-plan.ts';
import { Inventory } from '../../builder/contract/inventory.ts';
import { errno, RackhandError } from '../../builder/shared/errors.ts';
import { plainText } from '../events/plain-text.ts';
import { checkKickstart } from '../kickstart/check.ts';
import { explainDocument, explanationText } from '../kickstart/explain/explain.ts';
import { type Finding, hasErrors } from '../kickstart/findings.ts';
import { migrateKickstart } from '../kickstart/migrate/migrate.ts';
import { ownFiles } from '../kickstart/own-files.ts';
import { isAccepted } from '../kickstart/parse.ts';
import { compileKickstart } from '../kickstart/plan/compile.ts';
import { planText } from '../kickstart/plan/picture.ts';
import type { Include } from '../kickstart/reader.ts';
import { RELEASES, type Release, releaseTitle } from '../kickstart/releases.ts';
import { countText, findingText, linesOf } from '../kickstart/text/excerpt.ts';
import { plainLines } from './plain-lines.ts';
import { addTemplateCommands } from './templates.ts';

type Write = (text: string) => void;

interface Reading {
  release: Release;
  include?: string;
}

interface CheckOptions extends Reading {
  json?: boolean;
  language?: boolean;
  strict?: boolean;
}

/** `rackhand kickstart …`: kickstarts as files, without the service; and the templates that it makes them from. */
export function addKickstartCommands(
  program: Command,
  write: Write = (text) => process.stdout.write(text),
  tell: Write = (text) => process.stderr.write(text),
): void {
  const kickstart = program.command('kickstart').description('check, migrate and explain kickstarts');
  const release = (flag: string, about: string) =>
    new Option(flag, about).choices(RELEASES).makeOptionMandatory();
  kickstart
    .command('check <file...>')
    .description('every error, deprecation, warning and risk, with its place and what to do')
    .addOption(release('--release <release>', 'whose installer will read it'))
    .option('--include <folder>', 'where %include finds the files of the server')
    .option('--language', 'only what the parser of the release says, not whether it can be done')
    .option('--strict', 'fail for deprecations, warnings and risks too')
    .option('--json', 'print the findings as JSON')
    .action((files: string[], options: CheckOptions) => check(files, options, write));
  kickstart
    .command('migrate <file>')
    .description('rewrite what changed between releases; what a person must decide goes to standard error')
    .addOption(release('--to <release>', 'the release that it is for from now on'))
    .addOption(
      new Option('--from <release>', 'that it was written for; else the oldest that takes it').choices(
        RELEASES,
      ),
    )
    .option('--json', 'print text, changes and decisions as JSON')
    .action((file: string, options: MigrateOptions) => migrate(file, options, write, tell));
  kickstart
    .command('explain <file>')
    .description('what it would do to a machine, with a picture of the disks')
    .addOption(new Option('--release <release>', 'whose installer reads it').choices(RELEASES).default('el9'))
    .option('--include <folder>', 'where %include finds the files of the server')
    .option('--json', 'print it as JSON')
    .action((file: string, options: Reading & { json?: boolean }) => explain(file, options, write));
  kickstart
    .command('plan <file>')
    .description('the exact steps that install one machine, and its disks before and after')
    .requiredOption('--inventory <file>', 'the machine, as the agent reports it (JSON)')
    .addOption(new Option('--release <release>', 'of the image').choices(RELEASES).default('el9'))
    .option('--include <folder>', 'where %include finds the files of the server')
    .option('--json', 'print the plan as JSON')
    .action((file: string, options: PlanOptions) => plan(file, options, write));
  addTemplateCommands(kickstart, write);
  kickstart
    .command('plan-schema')
    .description('the JSON schema of plans')
    .action(() => write(`${JSON.stringify(installPlanSchema(), null, 2)}\n`));
}

type PlanOptions = Reading & { inventory: string; json?: boolean };

/** @throws RackhandError plan-refused, once every reason was told; inventory-invalid */
async function plan(file: string, options: PlanOptions, write: Write): Promise<void> {
  const { release } = options;
  const text = await readKickstart(file);
  const inventory = readInventory(await readKickstart(options.inventory), options.inventory);
  const compiled = compileKickstart(
    checkKickstart(text, { release, file, ...includeOf(options) }),
    inventory,
  );
  if ('plan' in compiled) {
    write(
      options.json
        ? `${JSON.stringify(compiled.plan, null, 2)}\n`
        : plainLines(planText(compiled.plan, inventory)),
    );
    return;
  }
  write(await findingsText(file, text, compiled.refused, release));
  const what = `${file}: no plan for this machine`;
  throw new RackhandError('plan-refused', what, 'do as each finding says');
}

function readInventory(text: string, file: string): Inventory {
  try {
    return Inventory.parse(JSON.parse(text));
  } catch (cause) {
    const what = `${file} is no inventory: ${cause instanceof z.ZodError ? z.prettifyError(cause) : 'not JSON'}`;
    throw new RackhandError('inventory-invalid', what, 'save what the host’s API view has as inventory', {
      cause,
    });
  }
}

interface MigrateOptions {
  to: Release;
  from?: Release;
  json?: boolean;
}

/** @throws RackhandError kickstart-refused when the release does not take what came out */
async function migrate(file: string, options: MigrateOptions, write: Write, tell: Write): Promise<void> {
  const { from, to, text, notes, result } = migrateKickstart(
    await readKickstart(file),
    options.to,
    options.from,
  );
  const accepted = isAccepted(result);
  if (options.json)
    write(
      `${JSON.stringify({ file, from, to, text, notes, accepted, findings: result.findings }, null, 2)}\n`,
    );
  else {
    write(text);
    for (const { what, line, message } of notes) tell(`${file}:${line}: ${what}: ${plainText(message)}\n`);
    const lines = new Map([[file, linesOf(text)]]);
    for (const finding of result.findings)
      tell(`as it is now, ${findingText({ ...finding, place: { ...finding.place, file } }, lines)}`);
    const count = (kind: string) => notes.filter(({ what }) => what === kind).length;
    tell(`${file}: ${from} to ${to}: ${count('change')} changes, ${count('decision')} to decide\n`);
  }
  if (accepted) return;
  const what = `${file}: ${releaseTitle(to)} does not take it yet`;
  throw new RackhandError('kickstart-refused', what, 'decide what is listed, and migrate again');
}

async function explain(file: string, options: Reading & { json?: boolean }, write: Write): Promise<void> {
  const { release } = options;
  const { kickstart, document } = checkKickstart(await readKickstart(file), {
    release,
    file,
    ...includeOf(options),
  });
  if (!isAccepted(kickstart)) {
    const what = `${file}: ${releaseTitle(release)} does not take it`;
    throw new RackhandError(
      'kickstart-refused',
      what,
      `look: rackhand kickstart check --release ${release} ${file}`,
    );
  }
  const parts = explainDocument(document);
  write(options.json ? `${JSON.stringify(parts, null, 2)}\n` : plainLines(explanationText(parts)));
}

/** @throws RackhandError kickstart-refused, once everything was told */
async function check(files: readonly string[], options: CheckOptions, write: Write): Promise<void> {
  const { release, strict = false } = options;
  const results = await Promise.all(files.map((file) => checkFile(file, options)));
  const bad = results.filter(({ findings, refused }) => refused || (strict && findings.length > 0));
  if (options.json)
    write(`${JSON.stringify({ release, files: results.map(({ told: _, ...rest }) => rest) }, null, 2)}\n`);
  else for (const { told } of results) write(told);
  if (bad.length === 0) return;
  const names = bad.map(({ file }) => file).join(', ');
  const what = `${names}: not for ${releaseTitle(release)}`;
  throw new RackhandError('kickstart-refused', what, 'do as each finding says');
}

async function checkFile(file: string, options: CheckOptions) {
  const text = await readKickstart(file);
  const { release } = options;
  const checked = checkKickstart(text, { release, file, ...includeOf(options) });
  const findings = checked.findings.filter(({ layer }) => !options.language || layer === 'language');
  return {
    file,
    /** Whether the release's own parser takes it. */
    accepted: !hasErrors(findings, 'language'),
    /** Whether it is to be served to nobody. */
    refused: hasErrors(findings),
    findings,
    told: await findingsText(file, text, findings, release),
  };
}

async function findingsText(file: string, text: string, findings: readonly Finding[], release: Release) {
  const lines = new Map([[file, linesOf(text)]]);
  for (const { place } of findings)
    if (!lines.has(place.file)) lines.set(place.file, linesOf(await readKickstart(place.file)));
  const told = findings.map((finding) => findingText(finding, lines)).join('');
  return `${told}${file}: ${countText(findings)} for ${releaseTitle(release)}\n`;
}

function includeOf({ include }: Reading): { include?: Include } {
  if (include === undefined) return {};
  try {
    return { include: ownFiles(include) };
  } catch (cause) {
    const what = `cannot read the folder ${include}: ${errno(cause) ?? 'error'}`;
    throw new RackhandError('folder-absent', what, 'name a folder: --include FOLDER', { cause });
  }
}

/** A file, or standard input for "-". */
async function readKickstart(file: string): Promise<string> {
  try {
    return await readFile(file === '-' ? '/dev/stdin' : file, 'utf8');
  } catch (cause) {
    const what = `cannot read ${file}: ${errno(cause) ?? 'error'}`;
    throw new RackhandError('kickstart-absent', what, 'name a file that can be read', { cause });
  }
}
