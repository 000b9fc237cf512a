import { isModule, moduleName } from '../strip/modules.ts';
import { summarise } from '../strip/plan.ts';
import type { Fault, Verdict } from '../strip/proofs.ts';
import type { PlannedStrip } from '../strip/strip.ts';
import { columns, count, section, size } from './text.ts';

/** What a build would remove; plain data: the worker sends it. */
export interface PlanReport {
  recipe: string;
  kernel: string;
  /** Bytes of the root before and after, uncompressed. */
  root: { before: number; after: number };
  /** One row for each rule that removes something, largest first. */
  rules: { rule: string; verb: string; because: string; files: number; bytes: number }[];
  /** Places of rules that match nothing. */
  idle: string[];
  faults: Fault[];
  modulesKept: string[];
  modulesRemoved: string[];
  firmwareAbsent: Verdict['firmwareAbsent'];
  absentOnPurpose: Verdict['onPurpose'];
  /** Every path that goes, with the place of its rule. */
  removals: { path: string; bytes: number; rule: string }[];
}

export function planReport(
  recipe: string,
  before: number,
  { plan, verdict, input, kernel }: PlannedStrip,
): PlanReport {
  const modules = input.entries.filter(({ path }) => isModule(path));
  const names = (keep: boolean) =>
    modules.flatMap(({ path }) => (plan.decisions.get(path)!.keep === keep ? [moduleName(path)] : [])).sort();
  const freed = plan.removals.reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    ...{ recipe, kernel, root: { before, after: before - freed } },
    rules: summarise(plan.removals).map(({ rule, files, bytes }) => {
      const { at, verb, because } = plan.rules[rule]!;
      return { rule: at, verb, because, files, bytes };
    }),
    idle: plan.idle.map((index) => plan.rules[index]!.at),
    faults: verdict.faults,
    ...{ modulesKept: names(true), modulesRemoved: names(false) },
    ...{ firmwareAbsent: verdict.firmwareAbsent, absentOnPurpose: verdict.onPurpose },
    removals: plan.removals.map(({ path, bytes, rule }) => ({ path, bytes, rule: plan.rules[rule]!.at })),
  };
}

const FIRMWARE_SHOWN = 15;

export function renderPlan(report: PlanReport): string {
  const { root, rules, idle, faults, firmwareAbsent: absent, absentOnPurpose } = report;
  const files = rules.reduce((sum, row) => sum + row.files, 0);
  return [
    `plan of ${report.recipe} (kernel ${report.kernel}): ${count(files, 'file')} go, root ${size(root.before)} → ${size(root.after)}, uncompressed`,
    ...section(
      'by rule',
      columns(
        rules.map(({ rule, verb, because, files, bytes }) => [
          ...[size(bytes), count(files, 'file'), rule, verb, because],
        ]),
        [0, 1],
      ),
    ),
    ...section('rules that match nothing', idle),
    ...section('modules', [
      `${report.modulesKept.length} kept, ${report.modulesRemoved.length} removed; --json names them`,
    ]),
    ...section(
      `firmware that kept drivers name and the image lacks: ${count(absent.length, 'file')}`,
      shorten(
        absent.map(
          ({ name, drivers, rule }) =>
            `${name}  for ${drivers.join(', ')}  ${rule === undefined ? 'not packaged' : `by rule ${rule}`}`,
        ),
      ),
    ),
    ...section(
      'absent on purpose',
      shorten(
        absentOnPurpose.map(({ path, name, rule }) => `${name}, which /${path} names, by rule ${rule}`),
      ),
    ),
    ...section('proofs', faults.length === 0 ? ['the image would be whole'] : faults.map(tell)),
  ].join('\n');
}

function tell({ proof, message, mend }: Fault): string {
  return `${proof}: ${message}\n    mend: ${mend}`;
}

function shorten(lines: string[]): string[] {
  const more = lines.length - FIRMWARE_SHOWN;
  return more > 1 ? [...lines.slice(0, FIRMWARE_SHOWN), `… and ${more} more; --json names them`] : lines;
}
