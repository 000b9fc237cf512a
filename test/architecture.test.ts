import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');

/** Files below a folder of the project, as paths from the root. */
function files(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

function sources(folder: string): string[] {
  return files(folder).filter((name) => name.endsWith('.ts'));
}

/** TypeScript, YAML, and shell, which the image's own programs are in without a suffix. */
function isWritten(file: string): boolean {
  return /\.(ts|yaml|sh)$/.test(file) || (!/\.[^/]*$/.test(file) && read(file).startsWith('#!/bin/sh'));
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** Project files that a file imports, as paths from the root. */
function imports(file: string): string[] {
  const text = read(file);
  return [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map((match) =>
    relative(root, resolve(root, dirname(file), match[1]!)),
  );
}

const all = ['bin', 'builder', 'pxe-server', 'test'].flatMap(sources);
const STAGES = ['recipe', 'root', 'configure', 'strip', 'initramfs', 'image', 'media'];
const SHARED = ['builder/contract/', 'builder/catalog/', 'builder/shared/'];
/** Files that decide: no file system, network, process, clock or randomness. */
const PURE = [
  /^builder\/(root\/arguments|strip\/(plan|rules|modules)|media\/(grub|iso-arguments|platform|pxe-texts|usb-arguments|usb-layout|bios-boot)|write\/(decide|disk))\.ts$/,
  /^pxe-server\/(dhcp\/(codec|options|classify|reply|quirks|overload|further-options|formats\/[a-z-]+|leases\/admit)|tftp\/(codec|judge|lone|negotiate|netascii|round-trip|running|transfer)|boot\/(answer|decide|offer|resolve|shown)|syslog\/(message|frames)|hosts\/(states|match|collisions|image-uses)|events\/plain-text)\.ts$/,
  /^builder\/image\/(arguments|listed|member)\.ts$/,
  /^builder\/(recipe\/(schema|strip-rules|extend|releases|variables|show)|root\/(lock-file|import\/(arguments|whiteouts)))\.ts$/,
  /^builder\/evidence\/(packages|licences|expression|bill|spdx|cyclonedx|sbom|unsigned)\.ts$/,
  /^builder\/(estimate|commands\/progress-(text|lines|screen))\.ts$/,
  /^builder\/fleet\/(match|rules|fit|fit-text|device)\.ts$/,
  /^builder\/report\/(budget|contributors|diff|diff-text|plan|size|text|treemap\/(layout|tree))\.ts$/,
  /^builder\/(catalog\/(resolve|users|prune-plan)|exchange\/(tar|parts)|report\/list)\.ts$/,
  /^builder\/(evidence\/(provenance|secrets)|verify\/content)\.ts$/,
  /^builder\/trial\/(modes|phases|judge|chart|rack\/qemu-arguments)\.ts$/,
  /^pxe-server\/(dhcp\/(probing\/(verdict|looks|conflicts)|foreign\/(answers|known-servers)|limits\/[a-z-]+)|net\/(arp|datagram|endpoint|mac))\.ts$/,
  /^pxe-server\/kickstart\/(?!own-files)/,
  /^pxe-server\/(diagnose\/[a-z-]+|trace\/(attempt|entry|words|pcapng|dhcp-steps|other-steps|mask))\.ts$/,
  /^pxe-server\/render\/(command-line|ipxe|grub|kickstart|masked|storage-lines|apart\/arguments|(context|template)\/[a-z-]+)\.ts$/,
  /^pxe-server\/hosts\/install\/[a-z-]+\.ts$/,
  /^pxe-server\/templates\/(folder|line-diff|names|users)\.ts$/,
];
const IMPURE = /from 'node:(?!buffer|path|net')|\bDate\.now\(|new Date\(\)|Math\.random\(|process\./;

/** Tests that take an hour: `npm run test:full`. */
const ON_DEMAND = [
  'test/builder/kill.system.test.ts',
  'test/e2e/chain.test.ts',
  'test/e2e/interrupt.test.ts',
  'test/e2e/waiting.test.ts',
  'test/e2e/why.test.ts',
];

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
        read(f).includes("from 'node:child_process'") &&
        !/import type \{[^}]*\} from 'node:child_process'/.test(read(f)),
    );
    expect(wrong).toEqual([]);
  });
  it('files that decide are pure', () => {
    const wrong = all.filter((f) => PURE.some((p) => p.test(f)) && IMPURE.test(read(f)));
    expect(wrong).toEqual([]);
  });
});

describe('house style', () => {
  it('no file is above 400 lines, none is called utils', () => {
    const folders = ['.ci', 'bin', 'builder', 'images/recipes', 'kickstarts', 'pxe-server', 'test'];
    const written = folders.flatMap(files).filter(isWritten);
    expect(written).toContain('builder/overlay/root/usr/libexec/rackhand/agent');
    const wrong = written.filter((f) => /(^|\/)utils?\.ts$/.test(f) || read(f).split('\n').length > 401);
    expect(wrong).toEqual([]);
  });
  it('no test is switched off', () => {
    const wrong = sources('test').filter((f) =>
      new RegExp(`\\b(it|test|describe)\\.(${['sk', 'ip'].join('')}|only|${['to', 'do'].join('')})\\b`).test(
        read(f),
      ),
    );
    expect(wrong).toEqual([]);
  });
  it('tests that run only on demand are those that README.md tells of', () => {
    const conditional = new RegExp(`\\.(run${'If'}|sk${'ip'}If)\\(`);
    const wrong = sources('test').filter((f) => conditional.test(read(f)) && !ON_DEMAND.includes(f));
    expect(wrong).toEqual([]);
  });
});
