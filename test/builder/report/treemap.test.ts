import { describe, expect, it } from 'vitest';
import { squarify } from '../../../builder/report/treemap/layout.ts';
import { buildTree, type Node, shownChildren } from '../../../builder/report/treemap/tree.ts';
import { renderTreemap, treemapData } from '../../../builder/report/treemap.ts';
import { facts, file, folder, rules, UNLESS } from '../strip/root-fixture.ts';
import { image } from './image-fixture.ts';

describe('squarified layout', () => {
  it.each([
    [[6, 6, 4, 3, 2, 2, 1], 6, 4],
    [[1], 10, 3],
    [[5, 5], 4, 40],
    [Array.from({ length: 300 }, (_, i) => 301 - i), 800, 600],
  ])('%j in %d × %d: areas as the values, all inside, none over another', (values, w, h) => {
    const rects = squarify(values, { x: 2, y: 3, w, h });
    const scale = (w * h) / values.reduce((sum, value) => sum + value, 0);
    for (const [i, rect] of rects.entries()) {
      expect(rect.w * rect.h).toBeCloseTo(values[i]! * scale, 6);
      expect(rect.x).toBeGreaterThanOrEqual(2 - 1e-6);
      expect(rect.y).toBeGreaterThanOrEqual(3 - 1e-6);
      expect(rect.x + rect.w).toBeLessThanOrEqual(2 + w + 1e-6);
      expect(rect.y + rect.h).toBeLessThanOrEqual(3 + h + 1e-6);
      for (const other of rects.slice(i + 1)) {
        const across = Math.min(rect.x + rect.w, other.x + other.w) - Math.max(rect.x, other.x);
        const down = Math.min(rect.y + rect.h, other.y + other.h) - Math.max(rect.y, other.y);
        expect(Math.min(across, down)).toBeLessThan(1e-6);
      }
    }
  });
  it('the example of the paper: its first row is two of three by two', () => {
    const rects = squarify([6, 6, 4, 3, 2, 2, 1], { x: 0, y: 0, w: 6, h: 4 });
    expect(rects.slice(0, 2)).toEqual([
      { x: 0, y: 0, w: 3, h: 2 },
      { x: 0, y: 2, w: 3, h: 2 },
    ]);
  });
  it.each([[[]], [[0, 0]]])('%j takes no room', (values) => {
    for (const { w, h } of squarify(values, { x: 0, y: 0, w: 5, h: 5 })) expect(w * h).toBe(0);
  });
});

const { manifest, contents } = image(
  {
    entries: [
      ...[
        folder('usr'),
        file('usr/bin/app', 30),
        file('usr/lib64/liba.so', 20),
        file('usr/share/x/y/doc', 50),
      ],
      ...[file('usr/share/x/y/</script><b>', 5), file('etc/empty', 0), file('usr/bin/kept', 7)],
    ],
    files: [facts('usr/bin/app', { libraries: ['liba.so'] })],
    owners: { 'usr/bin/app': ['app'], 'usr/lib64/liba.so': ['lib'], 'usr/share/x/y/doc': ['app'] },
  },
  rules('drop usr/share/**', ['drop usr/lib64/**', UNLESS], 'keep usr/bin/kept'),
);

describe('treemap data', () => {
  const data = treemapData(manifest, contents);
  it('files with bytes, each with its package and what decided', () => {
    const rows = data.files.map(([path, pkg, bytes, state]) => [path, data.packages[pkg], bytes, state]);
    expect(rows).toEqual([
      ['usr/bin/app', 'app', 30, 3],
      ['usr/lib64/liba.so', 'lib', 20, 2],
      ['usr/share/x/y/doc', 'app', 50, 0],
      ['usr/share/x/y/</script><b>', '(made by the build)', 5, 0],
      ['usr/bin/kept', '(made by the build)', 7, 1],
    ]);
    expect(data.reasons[data.files[2]![4]]).toBe('rule r:0 (drop: reason 0) removes it');
  });
  it('package → folder → file, with sums before and after', () => {
    const root = buildTree(data);
    const show = ({ name, before, after, children }: Node): unknown =>
      children.length === 0 ? [name, before, after] : [name, before, after, children.map(show)];
    expect(show(root.children[0]!)).toEqual([
      ...['app', 80, 30],
      [
        [
          'usr',
          80,
          30,
          [
            ['bin', 30, 30, [['app', 30, 30]]],
            ['share/x/y', 50, 0, [['doc', 50, 0]]],
          ],
        ],
      ],
    ]);
    expect([root.before, root.after, root.files, root.kept]).toEqual([112, 57, 5, 3]);
  });
  it('what is gone is not shown after', () => {
    const root = buildTree(data);
    const usr = root.children[0]!.children[0]!;
    expect(shownChildren(usr, 'before').map(({ name }) => name)).toEqual(['share/x/y', 'bin']);
    expect(shownChildren(usr, 'after').map(({ name }) => name)).toEqual(['bin']);
  });
});

describe('the page', async () => {
  const page = await renderTreemap(manifest, contents);
  it('needs nothing else and cannot reach the network', () => {
    expect(page).not.toMatch(/\b(?:src|href)=|@import|url\(|https?:/);
    expect(page).toContain("default-src 'none'");
  });
  it('no file name ends its data', () => {
    const [, text] = /<script id="data" type="application\/json">(.*?)<\/script>/s.exec(page)!;
    expect(JSON.parse(text!)).toEqual(treemapData(manifest, contents));
  });
  it('its script is whole: no marker is left, no import, and it parses', () => {
    expect(page).not.toMatch(/@(?:data|code|style|title)\b/);
    const code = page.slice(page.lastIndexOf('<script>') + 8, page.lastIndexOf('</script>'));
    expect(code).not.toMatch(/^\s*(?:import|export)\b/m);
    expect(() => new Function(code)).not.toThrow();
  });
});
