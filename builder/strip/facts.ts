import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { RackhandError } from '../shared/errors.ts';
import { run } from '../shared/process/run.ts';
import { readElf } from './elf.ts';
import { type ModuleInfo, parseBuiltin, parseModinfo } from './modules.ts';
import type { Entry } from './plan.ts';
import { execPaths, type FileNeeds } from './proofs.ts';

const MODULE = /^usr\/lib\/modules\/([^/]+)\/.*\.ko(\.(xz|zst|gz))?$/;
const BATCH = 400;

/** The one kernel of the root. @throws RackhandError kernel-count */
export function kernelVersion(entries: readonly Entry[]): string {
  const versions = new Set(entries.flatMap((entry) => MODULE.exec(entry.path)?.[1] ?? []));
  if (versions.size === 1) return [...versions][0]!;
  const what = versions.size === 0 ? 'no kernel modules' : `kernels ${[...versions].join(', ')}`;
  throw new RackhandError(
    'kernel-count',
    `the root has ${what}`,
    'let the recipe install exactly one kernel',
  );
}

/** Asks modinfo about every module of the root. */
export async function readModules(
  root: string,
  entries: readonly Entry[],
  signal?: AbortSignal,
): Promise<{ modules: ModuleInfo[]; builtin: Set<string> }> {
  const files = entries
    .filter((entry) => entry.kind === 'file' && MODULE.test(entry.path))
    .map((entry) => join(root, entry.path));
  const modules: ModuleInfo[] = [];
  for (let at = 0; at < files.length; at += BATCH) {
    const argv = ['modinfo', ...files.slice(at, at + BATCH)];
    const need = 'modinfo (package kmod) tells what modules depend on';
    modules.push(...parseModinfo((await run(argv, { need, ...(signal ? { signal } : {}) })).stdout, root));
  }
  const builtin = readFileSync(
    join(root, 'usr/lib/modules', kernelVersion(entries), 'modules.builtin'),
    'utf8',
  );
  return { modules, builtin: parseBuiltin(builtin) };
}

/** package|path lines → path → packages. */
export function readOwners(file: string): Map<string, string[]> {
  const owners = new Map<string, string[]>();
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const bar = line.indexOf('|/');
    if (bar < 0) continue;
    const path = line.slice(bar + 2).replace(/^(bin|sbin|lib|lib64)\//, 'usr/$1/');
    owners.set(path, [...(owners.get(path) ?? []), line.slice(0, bar)]);
  }
  return owners;
}

/** What each file needs of the root to work: libraries, interpreter, programs that a unit starts. */
export function readNeeds(root: string, entries: readonly Entry[]): FileNeeds[] {
  return entries.flatMap((entry) => {
    if (entry.kind !== 'file') return [];
    if (/^(usr\/lib|etc)\/systemd\/system\/[^/]+\.(service|socket|mount)$/.test(entry.path)) {
      return [
        {
          path: entry.path,
          libraries: [],
          programs: execPaths(readFileSync(join(root, entry.path), 'utf8')),
        },
      ];
    }
    const library = /\.so(\.|$)/.test(entry.path);
    if (!library && !(entry.mode & 0o111)) return [];
    const needs = inspect(join(root, entry.path));
    return needs ? [{ path: entry.path, ...needs }] : [];
  });
}

function inspect(file: string): Omit<FileNeeds, 'path'> | undefined {
  const fd = openSync(file, 'r');
  try {
    const read = (offset: number, length: number) => {
      const buffer = Buffer.alloc(length);
      return buffer.subarray(0, readSync(fd, buffer, 0, length, offset));
    };
    const elf = readElf(read);
    if (elf) return { libraries: elf.needed, programs: elf.interpreter ? [elf.interpreter] : [] };
    const shebang = /^#!\s*(\/[^\s]+)/.exec(read(0, 256).toString('latin1'))?.[1];
    return shebang ? { libraries: [], programs: [shebang] } : undefined;
  } finally {
    closeSync(fd);
  }
}
