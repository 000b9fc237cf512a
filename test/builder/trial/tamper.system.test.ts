import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../../../builder/shared/process/run.ts';
import { tamperedCopy, tamperedIso } from '../../../builder/trial/tamper.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-tamper-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const differing = (a: Buffer, b: Buffer) => {
  expect(a.length).toBe(b.length);
  return [...a.keys()].filter((at) => a[at] !== b[at]);
};

it('a copy differs in the byte in its middle alone', async () => {
  const file = join(folder, 'rootfs');
  await writeFile(file, randomBytes(100_001));
  await tamperedCopy(file, 100_001, join(folder, 'copy'));
  expect(differing(await readFile(file), await readFile(join(folder, 'copy')))).toEqual([50_000]);
});

it('an ISO’s copy differs in one byte of the kernel that is on it', async () => {
  const [kernel, tree, iso, copy] = ['kernel', 'tree', 'x.iso', 'copy.iso'].map((name) => join(folder, name));
  const bytes = randomBytes(3 << 20);
  await writeFile(kernel!, bytes);
  await run(['mkdir', '-p', join(tree!, 'images')]);
  await writeFile(join(tree!, 'before'), randomBytes(7000));
  await writeFile(join(tree!, 'images/vmlinuz'), bytes);
  await run(['xorriso', '-as', 'mkisofs', '-quiet', '-R', '-o', iso!, tree!]);
  await tamperedIso(iso!, kernel!, copy!);
  const changed = differing(await readFile(iso!), await readFile(copy!));
  expect(changed).toHaveLength(1);
  const inside = (await readFile(iso!)).indexOf(bytes.subarray(0, 4096));
  expect(changed[0]).toBe(inside + (1 << 20));
});

it('an ISO without that kernel is refused', async () => {
  await writeFile(join(folder, 'other'), randomBytes(5000));
  await expect(
    tamperedIso(join(folder, 'x.iso'), join(folder, 'other'), join(folder, 'none')),
  ).rejects.toMatchObject({ code: 'medium-strange' });
});
