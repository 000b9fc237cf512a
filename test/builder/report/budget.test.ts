import { describe, expect, it } from 'vitest';
import { artifactSizes, assertBudget, assertRamBudget } from '../../../builder/report/budget.ts';
import { file, rules } from '../strip/root-fixture.ts';
import { artifacts, image, MIB } from './image-fixture.ts';

const root = (sizes: Record<string, number>) =>
  image(
    {
      entries: Object.entries(sizes).map(([name, bytes]) => file(`usr/${name}`, bytes)),
      owners: Object.fromEntries(Object.keys(sizes).map((name) => [`usr/${name}`, [name]])),
    },
    rules(),
  ).contents;
const now = root({ qemu: 9 * MIB, kernel: 5 * MIB, fresh: 3 * MIB, smaller: MIB });
const last = { id: '00000000000000cc', contents: root({ qemu: 7 * MIB, kernel: 5 * MIB, smaller: 2 * MIB }) };
const netiso = { role: 'netiso', file: 'net.iso', size: 30 * MIB, sha256: 'a'.repeat(64) };
const sizes = artifactSizes({ artifacts: [...artifacts(100 * MIB, 20 * MIB), netiso] } as never);

describe('size budget', () => {
  it.each([[undefined], [{}], [{ image: 100, initramfs: 20, iso: 120, netiso: 30 }], [{ ram: 1 }]])(
    '%j is kept',
    (budget) => assertBudget(budget, sizes, now, last),
  );
  it.each([
    [{ image: 99 }, 'image: 100.0 MiB, budget 99 MiB'],
    [{ initramfs: 19, iso: 500 }, 'initramfs: 20.0 MiB, budget 19 MiB'],
    [{ iso: 119 }, 'iso: 120.0 MiB, budget 119 MiB'],
    [{ netiso: 29 }, 'netiso: 30.0 MiB, budget 29 MiB'],
  ])('%j is not', (budget, told) => {
    expect(() => assertBudget(budget, sizes, now, last)).toThrow(
      expect.objectContaining({ code: 'budget-exceeded', message: expect.stringContaining(told) }),
    );
  });
  it('names what has grown since the last good image, most first', () => {
    expect(() => assertBudget({ image: 1 }, sizes, now, last)).toThrow(
      [
        'image: 100.0 MiB, budget 1 MiB',
        '  grown most since image 00000000000000cc, uncompressed:',
        '  +3.0 MiB  to 3.0 MiB  fresh',
        '  +2.0 MiB  to 9.0 MiB  qemu',
      ].join('\n'),
    );
  });
  it.each([
    ['no earlier image', undefined],
    ['nothing has grown', { id: last.id, contents: now }],
  ])('%s: the largest', (_, before) => {
    expect(() => assertBudget({ image: 1 }, sizes, now, before)).toThrow(
      /9\.0 MiB {2}qemu\n {2}5\.0 MiB {2}kernel/,
    );
  });
  it('at most ten', () => {
    const many = root(Object.fromEntries(Array.from({ length: 15 }, (_, i) => [`package${i}`, MIB + i])));
    expect.assertions(1);
    try {
      assertBudget({ image: 1 }, sizes, many, undefined);
    } catch (error) {
      expect((error as Error).message.match(/package\d/g)).toHaveLength(10);
    }
  });
  it('RAM is what the recipe says, and is checked before anything is built', () => {
    assertRamBudget({ ramRequired: 1024, budget: { ram: 1024 } });
    assertRamBudget({ ramRequired: 4096, budget: undefined });
    expect(() => assertRamBudget({ ramRequired: 2048, budget: { ram: 1024 } })).toThrow(
      expect.objectContaining({ code: 'budget-exceeded' }),
    );
  });
});
