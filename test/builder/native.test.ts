import { expect, it } from 'vitest';
import { assertNative } from '../../builder/native.ts';

it.each([
  ['x86_64', 'x64'],
  ['aarch64', 'arm64'],
] as const)('a root for %s is made on %s', (arch, machine) => {
  expect(() => assertNative({ name: 'mine', arch }, machine)).not.toThrow();
});

it.each([
  ['x86_64', 'arm64'],
  ['aarch64', 'x64'],
  ['aarch64', 'ppc64'],
] as const)('a root for %s is not made on %s, and that is said', (arch, machine) => {
  expect(() => assertNative({ name: 'mine', arch }, machine)).toThrow(
    expect.objectContaining({ code: 'arch-foreign', mend: expect.stringContaining('build it on such') }),
  );
});
