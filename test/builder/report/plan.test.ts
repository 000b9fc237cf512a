import { describe, expect, it } from 'vitest';
import { planReport, renderPlan } from '../../../builder/report/plan.ts';
import {
  makeModuleRecords,
  packModuleRecords,
  unpackModuleRecords,
} from '../../../builder/strip/module-record.ts';
import { planStrip } from '../../../builder/strip/plan.ts';
import { prove } from '../../../builder/strip/proofs.ts';
import { EVEN_IF, facts, file, input, module, type Root, rules } from '../strip/root-fixture.ts';

const root: Root = {
  entries: [
    ...[file('usr/bin/app', 10), file('usr/lib64/liba.so.1', 1 << 20)],
    ...[file('usr/lib/firmware/a.bin', 5), file('usr/lib/firmware/b.bin', 5)],
  ],
  files: [facts('usr/bin/app', { libraries: ['liba.so.1'] })],
  modules: [
    module('kernel/nic', { firmware: ['a.bin', 'b.bin', 'c.bin'], aliases: ['pci:v1'], depends: ['bus'] }),
    ...[module('kernel/bus'), module('kernel/snd', { aliases: ['pci:v2'] })],
  ],
};
const list = rules('drop-module snd', ['drop usr/lib/firmware/b.bin', EVEN_IF], 'drop usr/none/**');
const planned = (placed = list) => {
  const given = input(root, placed);
  const plan = planStrip(given);
  const modules = makeModuleRecords('6.1.0', root.modules!, [builtin], given, plan);
  const verdict = prove(plan, new Set());
  return { input: given, plan, verdict, kernel: '6.1.0', loadable: root.modules!, modules };
};
const builtin = { file: '', name: 'rtc', depends: [], soft: [], firmware: [], aliases: ['platform:rtc'] };

describe('plan of a build', () => {
  it('everything that would go, and what is known of the rest', () => {
    const report = planReport('small', 1000, planned());
    expect(report).toMatchObject({
      root: { before: 1000, after: 985 },
      rules: [
        { rule: 'r:0', verb: 'drop-module', because: 'reason 0', files: 1, bytes: 10 },
        { rule: 'r:1', verb: 'drop', because: 'reason 1', files: 1, bytes: 5 },
      ],
      ...{ idle: ['r:2'], faults: [], modulesKept: ['bus', 'nic'], modulesRemoved: ['snd'] },
      firmwareAbsent: [
        { name: 'b.bin', drivers: ['nic'], rule: 'r:1' },
        { name: 'c.bin', drivers: ['nic'] },
      ],
    });
    expect(report.removals.map(({ path, rule }) => [path, rule])).toContainEqual([
      'usr/lib/firmware/b.bin',
      'r:1',
    ]);
  });
  it('as text', () => {
    const text = renderPlan(planReport('small', 1 << 20, planned()));
    expect(text).toContain('2 files go');
    expect(text).toMatch(/r:0 {2}drop-module {2}reason 0/);
    expect(text).toContain('2 kept, 1 removed');
    expect(text).toContain('b.bin  for nic  by rule r:1');
    expect(text).toContain('c.bin  for nic  not packaged');
    expect(text).toContain('the image would be whole');
  });
  it('a proof that would fail is part of it, with its mend', () => {
    const report = planReport('small', 1 << 20, planned(rules('drop usr/lib64/**')));
    expect(report.faults).toMatchObject([{ proof: 'libraries', rule: 'r:0' }]);
    expect(renderPlan(report)).toMatch(
      /libraries: .*liba\.so\.1.*\n.*mend: .*keep: \[usr\/lib64\/liba\.so\.1\]/,
    );
  });
});

it('modules with their devices, firmware and the rule that took them', () => {
  const records = unpackModuleRecords(packModuleRecords(planned().modules));
  expect(records.modules.map(({ path: _, ...module }) => module)).toEqual([
    {
      ...{ name: 'nic', aliases: ['pci:v1'], depends: ['bus'], kept: true },
      firmware: [
        ['a.bin', 'there'],
        ['b.bin', 'removed'],
        ['c.bin', 'unpackaged'],
      ],
    },
    { name: 'bus', aliases: [], depends: [], firmware: [], kept: true },
    {
      ...{ name: 'snd', aliases: ['pci:v2'], depends: [], firmware: [], kept: false },
      rule: 'r:0 (drop-module: reason 0)',
    },
    { name: 'rtc', aliases: ['platform:rtc'], depends: [], firmware: [], kept: true },
  ]);
  expect(records.modules.map(({ path }) => path !== undefined)).toEqual([true, true, true, false]);
});
