import { describe, expect, it } from 'vitest';
import type { StartReport } from '../../../builder/contract/trial.ts';
import { kernelStart, momentsOf, standing, waitsOf } from '../../../builder/trial/phases.ts';

const start: StartReport = {
  ...{ kind: 'start', identity: '', state: '', saved: false },
  clock: { initrd: 8_000_000, userspace: 20_500_000, finish: 41_000_000 },
  steps: [
    { at: 9_000_000, unit: 'dracut-initqueue.service', what: 'begins' },
    { at: 10_000_000, says: 'image: fetching http://192.0.2.1/x' },
    { at: 14_250_000, says: 'image: 119 of 119 MiB' },
    { at: 15_000_000, says: 'image: whole, 119 MiB' },
    { at: 18_000_000, unit: 'dracut-initqueue.service', what: 'done' },
    { at: 21_000_000, unit: 'quick.service', what: 'begins' },
    { at: 21_050_000, unit: 'quick.service', what: 'done' },
    { at: 22_000_000, unit: 'never.service', what: 'begins' },
    { at: 23_000_000, unit: 'begun-before.service', what: 'done' },
  ],
};

describe('the kernel’s clock', () => {
  it('began where the line says that came soonest', () => {
    const serial = [
      { at: 14, text: '[    1.000000] a\r\n' },
      { at: 20, text: 'x\r\n[   10.500000] b\r\n[   11.000000] c' },
    ];
    expect(kernelStart(serial)).toBe(9);
  });
  it('began where a line says that came in two pieces', () => {
    const serial = [
      { at: 3, text: 'GRUB' },
      { at: 20, text: '\r\n[   11.5' },
      { at: 21, text: '00000] c' },
    ];
    expect(kernelStart(serial)).toBe(9.5);
  });
  it('is told by a machine whose kernel is quiet', () => {
    const clocks = [
      { at: 90, uptime: 71.25 },
      { at: 140, uptime: 121.5 },
    ];
    expect(kernelStart([{ at: 3, text: 'GRUB' }], clocks)).toBe(18.5);
    expect(kernelStart([{ at: 14, text: '[    1.000000] a\r\n' }], clocks)).toBe(13);
  });
  it('is not known without a line', () => {
    expect(kernelStart([{ at: 3, text: 'GRUB [ok]' }])).toBeUndefined();
  });
});

describe('moments', () => {
  it('of a BIOS that starts a medium: the first that writes is the loader', () => {
    const serial = [
      { at: 4, text: 'GRUB' },
      { at: 31, text: '[   20.000000] x\r\n' },
    ];
    expect(momentsOf({ serial, healthy: 70.004, start })).toEqual({
      ...{ loader: 4, kernel: 11, initramfs: 19, system: 31.5, started: 52, healthy: 70 },
    });
  });
  it('of UEFI: what it says before it hands over is its own', () => {
    const serial = [
      { at: 2, text: 'BdsDxe: loading Boot0001\r\n' },
      { at: 3, text: 'BdsDxe: starting Boot0001\r\n' },
      { at: 31, text: '[   20.000000] x\r\n' },
    ];
    expect(momentsOf({ serial }).loader).toBe(3);
    expect(momentsOf({ serial: serial.slice(0, 1) }).loader).toBeUndefined();
  });
  it('of UEFI whose words came in pieces, and which asks the service once its system runs', () => {
    const serial = [
      { at: 2, text: 'BdsDxe: loading Boot0001\r\nBdsDxe: star' },
      { at: 3, text: 'ting Boot0001\r\n' },
    ];
    const clocks = [{ at: 90, uptime: 71.25 }];
    expect(momentsOf({ serial, clocks, asked: 80 })).toEqual({ loader: 3, kernel: 18.75 });
  });
  it('of a machine that asks the network before it writes anything', () => {
    const serial = [{ at: 31, text: '\n[   20.000000] x\r\n' }];
    expect(momentsOf({ serial, asked: 2.5 })).toEqual({ loader: 2.5, kernel: 11 });
  });
  it('of one that was never seen', () => {
    expect(momentsOf({ serial: [] })).toEqual({});
  });
});

it('waits: longest first, and none that did not end, had no beginning, or took less than a tenth of a second', () => {
  expect(waitsOf(start, 10)).toEqual([
    { what: 'dracut-initqueue.service', from: 19, seconds: 9 },
    { what: 'fetching the image', from: 20, seconds: 5 },
  ]);
  expect(waitsOf(start, undefined)).toEqual([]);
  expect(waitsOf(undefined, 10)).toEqual([]);
});

it('how far a machine is, for who waits', () => {
  const loader = { at: 3, text: 'GRUB' };
  const kernel = { at: 12, text: '[    2.500000] rackhand: image: fetching' };
  expect(standing({ serial: [] })).toBe('no word of its kernel yet');
  expect(standing({ serial: [loader] })).toBe('no word of its kernel yet');
  expect(standing({ serial: [loader, kernel], clocks: [] })).toBe('its kernel runs');
  const clocks = [{ at: 80, uptime: 70 }];
  expect(standing({ serial: [loader], clocks })).toBe('its last unit has started, and its health is asked');
});
