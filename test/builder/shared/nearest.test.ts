import { expect, it } from 'vitest';
import { distance, nearest } from '../../../builder/shared/nearest.ts';

it.each([
  ['', '', 0],
  ['abc', '', 3],
  ['kitten', 'sitting', 3],
  ['qemu-kvm', 'qemu-kvm', 0],
])('distance of %j and %j is %i', (a, b, expected) => {
  expect(distance(a, b)).toBe(expected);
});

it.each([
  ['qemu-kmv', ['qemu-kvm', 'qemu-img', 'bash'], ['qemu-kvm', 'qemu-img']],
  ['kernel', ['kernel-modules-core', 'grub2-tools', 'kernel-core'], ['kernel-core', 'kernel-modules-core']],
  ['zzz', ['bash', 'coreutils'], []],
])('near to %s', (name, names, expected) => {
  expect(nearest(name, names)).toEqual(expected);
});
