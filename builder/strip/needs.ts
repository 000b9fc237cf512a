import { type Entry, resolveLink, usrPath } from './entry.ts';
import { featureNeeds } from './features.ts';
import type { ModuleInfo } from './modules.ts';

export type NeedKind =
  | 'library' // a soname (DT_NEEDED)
  | 'interpreter' // of an ELF file or a script
  | 'program' // what a unit starts
  | 'module' // a kernel module's dependency
  | 'soft-module' // a soft dependency: taken along, never a fault
  | 'firmware' // a file that a driver asks for
  | 'target' // where a link points to
  | 'pam' // a module of a PAM stack
  | 'nss' // a source in nsswitch.conf
  | 'helper' // a program that a udev rule runs
  | 'feature'; // what makes an image a hypervisor: needed by HYPERVISOR

/** One thing that a file of the root needs in order to work. */
export interface Need {
  kind: NeedKind;
  /** Soname, absolute path, module or firmware name, as the file itself has it. */
  name: string;
  /** Paths that satisfy it, any of them; none when the root never had it. */
  providers: string[];
}

/** Path → what it needs. */
export type NeedGraph = ReadonlyMap<string, readonly Need[]>;

/** What was read of the files, not yet looked up. */
export interface FileFacts {
  path: string;
  /** Sonames, and where the file itself looks for them ($ORIGIN filled in). */
  libraries: string[];
  runpath: string[];
  /** Absolute path of the ELF or script interpreter. */
  interpreter?: string;
  /** Absolute paths that a unit starts. */
  programs: string[];
  /** Names in a PAM stack, sources in nsswitch.conf, absolute paths in a udev rule. */
  pam?: string[];
  nss?: string[];
  helpers?: string[];
}

/** Stands for the image's purpose: its needs are the features of a hypervisor. */
export const HYPERVISOR = '(hypervisor)';

export interface RawFacts {
  entries: readonly Entry[];
  files: readonly FileFacts[];
  modules: readonly ModuleInfo[];
  builtin: ReadonlySet<string>;
  /** Folders that the dynamic loader searches: ld.so.conf and its defaults. */
  libraryFolders: readonly string[];
}

const FIRMWARE = 'usr/lib/firmware/';

/** Looks up everything that every file needs: one graph for closure, proofs and explanations. */
export function buildNeeds(facts: RawFacts): Map<string, Need[]> {
  const graph = new Map<string, Need[]>();
  const add = (path: string, need: Need) => {
    const list = graph.get(path);
    if (list) list.push(need);
    else graph.set(path, [need]);
  };
  const entries = new Map(facts.entries.map((entry) => [entry.path, entry]));
  const library = libraryFinder(facts);
  for (const file of facts.files) {
    // A private library finds its neighbours already loaded by the program that has the run path.
    const folders = [...file.runpath, file.path.slice(0, file.path.lastIndexOf('/'))];
    for (const name of file.libraries)
      add(file.path, { kind: 'library', name, providers: library(name, folders) });
    if (file.interpreter) add(file.path, { kind: 'interpreter', ...at(file.interpreter) });
    for (const program of file.programs) add(file.path, { kind: 'program', ...at(program) });
    for (const name of file.pam ?? []) add(file.path, { kind: 'pam', name, providers: pamModule(name) });
    for (const name of file.nss ?? []) {
      add(file.path, { kind: 'nss', name, providers: library(`libnss_${name}.so.2`, []) });
    }
    for (const helper of file.helpers ?? []) add(file.path, { kind: 'helper', ...at(helper) });
  }
  for (const entry of facts.entries) {
    if (entry.target === undefined) continue;
    const path = resolveLink(entry.path, entry.target);
    if (entries.has(path)) add(entry.path, { kind: 'target', name: entry.target, providers: [path] });
  }
  moduleNeeds(facts, add);
  for (const need of featureNeeds(facts)) add(HYPERVISOR, need);
  return graph;

  function at(absolute: string): { name: string; providers: string[] } {
    const path = real(usrPath(absolute.slice(1)));
    return { name: absolute, providers: path === undefined ? [] : [path] };
  }

  function pamModule(name: string): string[] {
    if (name.startsWith('/')) return at(name).providers;
    return facts.libraryFolders
      .map((folder) => `${folder}/security/${name}`)
      .filter((path) => entries.has(path));
  }

  /** The path itself, or the same below a folder that is a link (/usr/lib64/x with lib64 → lib). */
  function real(path: string): string | undefined {
    if (entries.has(path)) return path;
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const folder = entries.get(path.slice(0, slash));
      if (folder?.target !== undefined)
        return real(resolveLink(folder.path, folder.target) + path.slice(slash));
    }
    return undefined;
  }
}

/** Soname → files of that name in the folders where the loader looks for this file. */
function libraryFinder({
  entries,
  libraryFolders,
}: RawFacts): (name: string, folders: readonly string[]) => string[] {
  const byName = new Map<string, string[]>();
  for (const { path, kind } of entries) {
    const slash = path.lastIndexOf('/');
    const name = path.slice(slash + 1);
    if (kind === 'directory' || !name.includes('.so')) continue;
    byName.set(name, [...(byName.get(name) ?? []), path]);
  }
  const searched = new Set(libraryFolders);
  return (name, folders) =>
    (byName.get(name) ?? []).filter((path) => {
      const folder = path.slice(0, path.lastIndexOf('/'));
      return searched.has(folder) || folders.includes(folder);
    });
}

function moduleNeeds({ entries, modules, builtin }: RawFacts, add: (path: string, need: Need) => void): void {
  const byName = new Map(modules.map((module) => [module.name, module.file]));
  const firmware = firmwareFinder(entries);
  for (const module of modules) {
    for (const [kind, names] of [
      ['module', module.depends],
      ['soft-module', module.soft],
    ] as const) {
      for (const name of names) {
        if (builtin.has(name)) continue;
        const file = byName.get(name);
        add(module.file, { kind, name, providers: file === undefined ? [] : [file] });
      }
    }
    for (const name of new Set(module.firmware)) {
      add(module.file, { kind: 'firmware', name, providers: firmware(name) });
    }
  }
}

/** A name may hold `*`; files may be compressed. */
function firmwareFinder(entries: readonly Entry[]): (name: string) => string[] {
  const files = new Map<string, string>();
  for (const { path, kind } of entries) {
    if (kind !== 'directory' && path.startsWith(FIRMWARE))
      files.set(path.slice(FIRMWARE.length).replace(/\.(xz|zst)$/, ''), path);
  }
  return (name) => {
    if (!name.includes('*')) return files.has(name) ? [files.get(name)!] : [];
    const pattern = new RegExp(`^${name.replace(/[.+^$()|[\]\\{}]/g, '\\$&').replaceAll('*', '.*')}$`);
    return [...files].filter(([plain]) => pattern.test(plain)).map(([, path]) => path);
  };
}
