import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { errno, RackhandError } from '../shared/errors.ts';
import { run } from '../shared/process/run.ts';
import { readElf } from './elf.ts';
import { type Entry, resolveLink, usrPath } from './entry.ts';
import {
  isModule,
  kernelOf,
  type ModuleInfo,
  parseBuiltin,
  parseBuiltinModinfo,
  parseModinfo,
} from './modules.ts';
import type { FileFacts, RawFacts } from './needs.ts';
import { nssSources, pamModules, udevHelpers, unitPrograms } from './texts.ts';

const BATCH = 400;
const MODINFO = 'modinfo (package kmod) tells what modules depend on';

/** Reads everything of the root that the strip decides by. @param modules what readModules tells of it */
export function readFacts(root: string, entries: readonly Entry[], modules: readonly ModuleInfo[]): RawFacts {
  const builtin = readFileSync(
    join(root, 'usr/lib/modules', kernelVersion(entries), 'modules.builtin'),
    'utf8',
  );
  const files = readFiles(root, entries);
  return {
    ...{ entries, files, modules: [...modules], builtin: parseBuiltin(builtin) },
    libraryFolders: libraryFolders(root, entries),
  };
}

/** The one kernel of the root. @throws RackhandError kernel-count */
export function kernelVersion(entries: readonly Entry[]): string {
  const versions = new Set(entries.flatMap((entry) => kernelOf(entry.path) ?? []));
  if (versions.size === 1) return [...versions][0]!;
  const what = versions.size === 0 ? 'no kernel modules' : `kernels ${[...versions].join(', ')}`;
  throw new RackhandError(
    'kernel-count',
    `the root has ${what}`,
    'let the recipe install exactly one kernel',
  );
}

/** Asks modinfo about every module of the root. Packages alone bring modules: what configuration changes is no matter. */
export async function readModules(root: string, signal?: AbortSignal): Promise<ModuleInfo[]> {
  const folder = join(root, 'usr/lib/modules');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error) => {
    // A root without a kernel: the plan says so.
    if (errno(error) === 'ENOENT') return [];
    throw error;
  });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => isModule(relative(root, file)))
    .sort();
  const batches = Array.from({ length: Math.ceil(files.length / BATCH) }, (_, at) =>
    files.slice(at * BATCH, (at + 1) * BATCH),
  );
  // Each unpacks its modules: side by side they take half the time.
  const said = await Promise.all(
    batches.map((batch) => run(['modinfo', ...batch], { need: MODINFO, ...(signal ? { signal } : {}) })),
  );
  return said.flatMap(({ stdout }) => parseModinfo(stdout, root));
}

/** Drivers in the kernel itself, with their aliases; none for kernels before 5.2, which do not list them. */
export function readBuiltinDrivers(root: string, kernel: string): ModuleInfo[] {
  const file = join(root, 'usr/lib/modules', kernel, 'modules.builtin.modinfo');
  return existsSync(file) ? parseBuiltinModinfo(readFileSync(file, 'utf8')) : [];
}

/** package|path lines → path → packages. */
export function readOwners(file: string): Map<string, string[]> {
  const owners = new Map<string, string[]>();
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const bar = line.indexOf('|/');
    if (bar < 0) continue;
    const path = usrPath(line.slice(bar + 2));
    owners.set(path, [...(owners.get(path) ?? []), line.slice(0, bar)]);
  }
  return owners;
}

/** Units that a link in a .wants or .requires folder switches on. */
export function enabledUnits(entries: readonly Entry[]): Set<string> {
  return new Set(
    entries.flatMap(({ path, target }) =>
      target !== undefined && /\.(wants|requires)\//.test(path) ? [resolveLink(path, target)] : [],
    ),
  );
}

function readFiles(root: string, entries: readonly Entry[]): FileFacts[] {
  return entries.flatMap((entry) => {
    if (entry.kind !== 'file' || isModule(entry.path)) return [];
    const { path } = entry;
    const base = { path, libraries: [], runpath: [], programs: [] };
    const text = () => readFileSync(join(root, path), 'utf8');
    if (/^(usr\/lib|etc)\/systemd\/system\/[^/]+\.(service|socket|mount)$/.test(path))
      return [{ ...base, programs: unitPrograms(text()) }];
    if (/^(usr\/lib|etc)\/pam\.d\/[^/]+$/.test(path)) return [{ ...base, pam: pamModules(text()) }];
    if (path === 'etc/nsswitch.conf') return [{ ...base, nss: nssSources(text()) }];
    if (/^(usr\/lib|etc)\/udev\/rules\.d\/[^/]+\.rules$/.test(path)) {
      return [{ ...base, helpers: udevHelpers(text()) }];
    }
    const library = /\.so(\.|$)/.test(path);
    if (!library && !(entry.mode & 0o111)) return [];
    const found = inspect(join(root, path), path);
    return found ? [{ ...base, ...found }] : [];
  });
}

function inspect(file: string, path: string): Partial<FileFacts> | undefined {
  const fd = openSync(file, 'r');
  try {
    const read = (offset: number, length: number) => {
      const buffer = Buffer.alloc(length);
      return buffer.subarray(0, readSync(fd, buffer, 0, length, offset));
    };
    const elf = readElf(read);
    if (elf) {
      const origin = path.slice(0, path.lastIndexOf('/'));
      const runpath = elf.runpath.map((folder) =>
        resolveLink('', folder.replace(/\$\{?ORIGIN\}?/g, `/${origin}`)),
      );
      const interpreter = elf.interpreter === undefined ? {} : { interpreter: elf.interpreter };
      return { libraries: elf.needed, runpath, ...interpreter };
    }
    const shebang = /^#!\s*(\/[^\s]+)/.exec(read(0, 256).toString('latin1'))?.[1];
    return shebang ? { interpreter: shebang } : undefined;
  } finally {
    closeSync(fd);
  }
}

/** The loader's own folders and those of ld.so.conf, as paths of the merged layout. */
function libraryFolders(root: string, entries: readonly Entry[]): string[] {
  const folders = ['usr/lib64', 'usr/lib', 'usr/lib/x86_64-linux-gnu'];
  const read = (path: string) => {
    for (const line of readFileSync(join(root, path), 'utf8').split('\n')) {
      const folder = line.replace(/#.*/, '').trim();
      if (folder.startsWith('/')) folders.push(usrPath(`${folder.slice(1)}/`).slice(0, -1));
    }
  };
  if (entries.some(({ path }) => path === 'etc/ld.so.conf')) read('etc/ld.so.conf');
  if (entries.some(({ path }) => path === 'etc/ld.so.conf.d')) {
    for (const name of readdirSync(join(root, 'etc/ld.so.conf.d')).sort()) {
      if (name.endsWith('.conf')) read(`etc/ld.so.conf.d/${name}`);
    }
  }
  return [...new Set(folders)];
}
