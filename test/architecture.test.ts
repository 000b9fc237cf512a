import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
    .map((name) => join(folder, name));
}

/** Project files that a file imports, as paths from the root. */
function imports(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map((match) =>
    relative(root, resolve(root, dirname(file), match[1]!)),
  );
}

const all = ['bin', 'builder', 'pxe-server', 'test'].flatMap(sources);
const STAGES = ['recipe', 'root', 'configure', 'strip', 'initramfs', 'image', 'media'];
const SHARED = ['builder/contract/', 'builder/catalog/', 'builder/shared/'];
/** Files that decide: no file system, network, process, clock or randomness. */
const PURE = [
  /^builder\/(root\/arguments|strip\/(plan|rules|modules)|media\/(grub|iso-arguments))\.ts$/,
  /^pxe-server\/(dhcp\/(codec|options|classify|reply)|tftp\/(codec|negotiate|transfer)|boot\/decide|hosts\/(states|match|collisions)|events\/plain-text)\.ts$/,
  /^builder\/(recipe\/(schema|strip-rules|extend|releases|variables|show)|root\/(lock-file|import\/(arguments|whiteouts)))\.ts$/,
  /^builder\/fleet\/(match|rules|fit|fit-text|device)\.ts$/,
  /^builder\/report\/(budget|contributors|diff|diff-text|plan|size|text|treemap\/(layout|tree))\.ts$/,
  /^pxe-server\/render\/(ipxe|grub)\.ts$/,
];
const IMPURE = /from 'node:(?!buffer|path|net')|\bDate\.now\(|new Date\(\)|Math\.random\(|process\./;

describe('direction of dependencies', () => {
  it('builder never imports pxe-server or test', () => {
    const wrong = sources('builder').filter((f) =>
      imports(f).some((i) => /^(pxe-server|test|bin)\//.test(i)),
    );
    expect(wrong).toEqual([]);
  });
  it('pxe-server imports from builder only contract, catalog and shared', () => {
    const wrong = sources('pxe-server').flatMap((f) =>
      imports(f)
        .filter(
          (i) =>
            /^(test|bin)\//.test(i) || (i.startsWith('builder/') && !SHARED.some((s) => i.startsWith(s))),
        )
        .map((i) => `${f} → ${i}`),
    );
    expect(wrong).toEqual([]);
  });
  it('stages never import each other', () => {
    const stageOf = (path: string) => STAGES.find((stage) => path.startsWith(`builder/${stage}/`));
    const wrong = sources('builder').flatMap((f) =>
      imports(f)
        .filter(
          (i) =>
            stageOf(f) &&
            stageOf(i) &&
            stageOf(f) !== stageOf(i) &&
            !/recipe\/(schema|strip-rules)\.ts$/.test(i),
        )
        .map((i) => `${f} → ${i}`),
    );
    expect(wrong).toEqual([]);
  });
  it('only shared/process and the launcher spawn', () => {
    const wrong = [...sources('builder'), ...sources('pxe-server')].filter(
      (f) =>
        !f.startsWith('builder/shared/process/') &&
        readFileSync(join(root, f), 'utf8').includes("from 'node:child_process'") &&
        !/import type \{[^}]*\} from 'node:child_process'/.test(readFileSync(join(root, f), 'utf8')),
    );
    expect(wrong).toEqual([]);
  });
  it('files that decide are pure', () => {
    const wrong = all.filter(
      (f) => PURE.some((p) => p.test(f)) && IMPURE.test(readFileSync(join(root, f), 'utf8')),
    );
    expect(wrong).toEqual([]);
  });
});

describe('house style', () => {
  it('no file is above 400 lines, none is called utils', () => {
    const wrong = all.filter(
      (f) => /(^|\/)utils?\.ts$/.test(f) || readFileSync(join(root, f), 'utf8').split('\n').length > 401,
    );
    expect(wrong).toEqual([]);
  });
  it('no test is switched off', () => {
    const wrong = sources('test').filter((f) =>
      new RegExp(`\\b(it|test|describe)\\.(${['sk', 'ip'].join('')}|only|${['to', 'do'].join('')})\\b`).test(
        readFileSync(join(root, f), 'utf8'),
      ),
    );
    expect(wrong).toEqual([]);
  });
});
