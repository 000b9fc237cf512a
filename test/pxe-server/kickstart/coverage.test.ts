import { describe, expect, it } from 'vitest';
import { checkKickstart } from '../../../pxe-server/kickstart/check.ts';
import { compileKickstart } from '../../../pxe-server/kickstart/plan/compile.ts';
import { COMMANDS, coverageOf, SECTIONS } from '../../../pxe-server/kickstart/plan/coverage.ts';
import { RELEASES, type Release } from '../../../pxe-server/kickstart/releases.ts';
import { COMMAND_ROWS, catalogueOf } from '../../../pxe-server/kickstart/tables/catalogue.ts';
import type { OptionRow } from '../../../pxe-server/kickstart/tables/rows.ts';
import { sections } from '../../../pxe-server/kickstart/tables/sections.ts';
import { BASE, PAIRS, SAMPLES, VALUES } from './coverage-samples.ts';
import { inventoryWith } from './inventory.ts';

/** Steps without their lines, or the findings of the lines in question. */
function outcome(command: string, lines: string, release: Release) {
  const { without = [], further = '' } = SAMPLES[command] ?? {};
  const base = Object.entries(BASE).flatMap(([name, line]) => (without.includes(name) ? [] : [line]));
  const text = [...base, further, lines, ''].join('\n');
  const first = base.length + further.split('\n').length + 1;
  const compiled = compileKickstart(checkKickstart(text, { release }), inventoryWith());
  if ('plan' in compiled)
    return { steps: JSON.stringify(compiled.plan.steps.map(({ line: _, ...step }) => step)), refused: [] };
  const here = compiled.refused.filter(({ place }) => place.line >= first);
  const elsewhere = compiled.refused.filter(({ place }) => place.line < first);
  return { refused: here.map(({ code }) => code), elsewhere: elsewhere.map(({ code }) => code) };
}

const named = (release: Release) =>
  COMMAND_ROWS.filter(({ name }) => {
    const status = catalogueOf(release).commands.get(name)?.status;
    return status === 'active' || status === 'warned';
  });

describe.each(RELEASES)('%s', (release) => {
  const nothing = outcome('', '', release);

  it.each(named(release).map(({ name }) => [name]))(
    '%s becomes steps, or is refused with its line',
    (name) => {
      const coverage = COMMANDS[name]!;
      const found = outcome(name, SAMPLES[name]!.line, release);
      if (coverage.is === 'refused') expect(found.refused).toContain('not-compiled');
      else expect(found).toEqual({ steps: expect.any(String), refused: [] });
      if (coverage.is === 'inert') expect(found.steps).toBe(nothing.steps);
    },
  );

  const options = named(release).flatMap(({ name, options = [] }) =>
    COMMANDS[name]?.is === 'refused'
      ? []
      : options
          .filter((row) => row.in?.includes(release) ?? true)
          .map((row): [string, string, OptionRow] => [name, row.names[0], row]),
  );
  it.each(options)('%s %s changes steps, or is refused with its line', (name, option, row) => {
    const [before, after] = PAIRS[`${name} ${option}`] ?? pairOf(name, row);
    const [plain, changed] = [outcome(name, before, release), outcome(name, after, release)];
    const covered = coverageOf(COMMANDS[name]!, row.field);
    expect([plain.refused, plain.elsewhere ?? []], before).toEqual([[], []]);
    if (covered === 'inert') expect(changed.steps).toBe(plain.steps);
    else if (covered === undefined) expect(changed.refused.length).toBeGreaterThan(0);
    else if (REFUSED_ANYWAY.has(`${name} ${option}`)) expect(changed.steps).toBeUndefined();
    else {
      expect([changed.refused, changed.elsewhere ?? []], after).toEqual([[], []]);
      expect(changed.steps, after).not.toBe(plain.steps);
    }
  });
});

/** Compiled for what they say, and what they say cannot be done by a plan. */
const REFUSED_ANYWAY: ReadonlySet<string> = new Set([
  ...['part --noformat', 'part --onpart', 'part --resize', 'part --recommended --hibernation'],
  ...['logvol --noformat', 'logvol --useexisting', 'logvol --resize', 'logvol --vgname'],
  ...['raid --noformat', 'raid --useexisting', 'volgroup --noformat', 'volgroup --useexisting'],
  ...['clearpart --linux', 'clearpart --none', 'clearpart --disklabel'],
  ...['network --bootproto', 'bootloader --boot-drive', 'bootloader --location'],
  ...['rootpw --plaintext', 'user --plaintext'],
]);

function pairOf(name: string, { names: [option], kind }: OptionRow): [string, string] {
  const { line } = SAMPLES[name]!;
  if (kind === 'flag') return [line, `${line} ${option}`];
  return [line, `${line} ${option}=${VALUES[option] ?? (kind === 'integer' ? '8' : 'x')}`];
}

it('every command and section of the tables is there, and nothing else', () => {
  expect(Object.keys(COMMANDS).sort()).toEqual(COMMAND_ROWS.map(({ name }) => name).sort());
  expect(Object.keys(SECTIONS).sort()).toEqual(sections.map(({ name }) => name).sort());
  expect(Object.keys(SAMPLES).sort()).toEqual(Object.keys(COMMANDS).sort());
});
it('every field is one of its command’s', () => {
  for (const row of COMMAND_ROWS) {
    const coverage = COMMANDS[row.name]!;
    const fields = [...(row.options ?? []), ...(row.positionals ?? [])].map(({ field }) => field);
    const told = coverage.is === 'compiled' ? [...coverage.fields, ...Object.keys(coverage.inert ?? {})] : [];
    expect(told.filter((field) => !fields.includes(field))).toEqual([]);
  }
});
it.each(Object.entries(SECTIONS).filter(([, { is }]) => is === 'refused'))('%s is refused', (name) => {
  const release = name === '%anaconda' ? 'el8' : 'el9';
  const header =
    name === '%certificate' ? `${name} --filename=x --dir=/x` : name === '%addon' ? `${name} x` : name;
  expect(outcome('', `${header}\n%end`, release).refused).toContain('not-compiled');
});
