import { expect, it } from 'vitest';
import type { TrialRun } from '../../../builder/contract/trial.ts';
import { renderChart, spansOf } from '../../../builder/trial/chart.ts';

it('phases follow each other; one whose end was not seen is part of the next', () => {
  expect(spansOf({ loader: 2, kernel: 5, system: 20, healthy: 60 })).toMatchObject([
    { name: 'firmware', from: 0, to: 2 },
    { name: 'loader', from: 2, to: 5 },
    { name: 'initramfs', from: 5, to: 20 },
    { name: 'until healthy', from: 20, to: 60 },
  ]);
  expect(spansOf({})).toEqual([]);
});

it('the page stands alone and takes nothing literally that a machine said', () => {
  const run: TrialRun = {
    ...{ mode: 'pxe-bios', result: 'passed', why: 'healthy', at: '2026-01-01T00:00:00Z', files: [] },
    machine: { accelerator: 'tcg', memory: 2560, qemu: 'QEMU' },
    moments: { loader: 2, kernel: 5, initramfs: 9, system: 20, started: 40, healthy: 60 },
    longest: [{ what: '<script>.service', from: 10, seconds: 5 }],
  };
  const page = renderChart({
    ...{ schema: 1, image: '0123456789abcdef', manifestSha256: 'a'.repeat(64), builderVersion: '1' },
    runs: [run, { ...run, mode: 'tampered-image', moments: {}, longest: [] }],
  });
  expect(page).toContain('PXE, BIOS');
  expect(page).toContain('<title>initramfs: 11 s</title>');
  expect(page).not.toContain('changed image');
  expect(page).not.toContain('<script');
  expect(page).not.toMatch(/(src|href)=/);
});
