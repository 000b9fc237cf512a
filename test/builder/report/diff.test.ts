import { describe, expect, it } from 'vitest';
import { compareMaps, diffImages } from '../../../builder/report/diff.ts';
import { renderDiff } from '../../../builder/report/diff-text.ts';
import { file, link, module, rules } from '../strip/root-fixture.ts';
import { artifacts, image, MIB } from './image-fixture.ts';

const record = (name: string, version: string, epoch = 0) => ({
  ...{ name, epoch, version, release: '1.el9', arch: 'x86_64' },
});

describe('names that were added, removed, changed', () => {
  it.each([
    [{}, {}, [], [], []],
    [{}, { a: '1' }, ['a'], [], []],
    [{ a: '1' }, {}, [], ['a'], []],
    [{ a: '1' }, { a: '1' }, [], [], []],
    [{ a: '1' }, { a: '2' }, [], [], [{ name: 'a', before: '1', after: '2' }]],
    [{ b: '', a: '' }, { c: '', d: '' }, ['c', 'd'], ['a', 'b'], []],
  ])('%j to %j', (before, after, added, removed, changed) => {
    const map = (object: Record<string, string>) => new Map(Object.entries(object));
    expect(compareMaps(map(before as never), map(after as never))).toEqual({ added, removed, changed });
  });
});

const before = image(
  {
    entries: [
      ...[file('usr/bin/a', 10), file('usr/bin/b', 10), file('usr/bin/same', 10)],
      ...[file('usr/lib/firmware/x.bin', 7), file('usr/share/doc/a', 100)],
      link('etc/systemd/system/multi-user.target.wants/old.service', '/usr/lib/systemd/system/old.service'),
    ],
    modules: [module('kernel/net/tun'), module('kernel/drivers/nic')],
  },
  rules('drop usr/share/doc/**'),
  {
    packages: [record('kernel', '6.1'), record('gone', '1')],
    kernelArguments: ['quiet', 'old=1'],
  },
);
const after = image(
  {
    entries: [
      ...[file('usr/bin/a', 30), file('usr/bin/c', MIB), file('usr/bin/same', 10)],
      ...[file('usr/lib/firmware/y.bin', 7), file('usr/share/doc/b', 100)],
      link('usr/lib/systemd/system/multi-user.target.wants/new.service', '../new.service'),
    ],
    modules: [module('kernel/net/tun'), module('kernel/drivers/other')],
  },
  rules('drop usr/share/doc/**'),
  {
    ...{ id: '00000000000000bb', artifacts: artifacts(12 * MIB), kernelArguments: ['quiet', 'new=1'] },
    packages: [record('kernel', '6.2', 1), record('fresh', '2')],
  },
);
const diff = diffImages(before, after);

describe('difference of two images', () => {
  it('packages with their versions', () => {
    expect(diff.packages).toEqual({
      ...{ added: ['fresh'], removed: ['gone'] },
      changed: [{ name: 'kernel', before: '6.1-1.el9', after: '1:6.2-1.el9' }],
    });
  });
  it('modules, firmware, units, kernel arguments', () => {
    const lists = [diff.modules, diff.firmware, diff.units, diff.kernelArguments];
    expect(lists.map(({ added, removed }) => [added, removed])).toEqual([
      [['kernel/drivers/other'], ['kernel/drivers/nic']],
      [['y.bin'], ['x.bin']],
      [['multi-user.target.wants/new.service'], ['multi-user.target.wants/old.service']],
      [['new=1'], ['old=1']],
    ]);
  });
  it('files that stayed, by folder; what both removed is no difference', () => {
    expect(diff.files.folders[0]).toEqual({
      ...{ folder: 'usr/bin', added: 1, removed: 1, resized: 1, bytes: MIB + 10 },
    });
    expect(diff.files.resized).toEqual([{ name: 'usr/bin/a', before: 10, after: 30 }]);
    expect(diff.files.added).not.toContain('usr/share/doc/b');
  });
  it('a newer kernel does not change the place of its modules', () => {
    const rename = (text: string) => text.replaceAll('/6.1.0/', '/6.2.0/');
    const moved = {
      manifest: { ...before.manifest, kernelVersion: '6.2.0' },
      contents: JSON.parse(rename(JSON.stringify(before.contents))) as typeof before.contents,
    };
    const { modules, files } = diffImages(before, moved);
    expect([modules.added, modules.removed, files.added]).toEqual([[], [], []]);
  });
  it('as text', () => {
    const text = renderDiff(diff);
    expect(text).toMatch(/rootfs +10\.0 MiB +→ +12\.0 MiB +\+2\.0 MiB/);
    expect(text).toContain(
      'packages: 1 added, 1 removed, 1 changed\n  + fresh\n  − gone\n  ~ kernel  6.1-1.el9 → 1:6.2-1.el9',
    );
    expect(text).toMatch(/\+1\.0 MiB +\+1 +−1 +~1 +\/usr\/bin/);
  });
  it('of an image with itself there is none', () => {
    expect(renderDiff(diffImages(before, before))).toContain('no difference');
  });
});
