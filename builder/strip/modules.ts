/** A kernel module as modinfo tells of it. */
export interface ModuleInfo {
  /** Path from the root of the image. */
  file: string;
  /** With underscores, as the kernel has it. */
  name: string;
  depends: string[];
  /** pre and post soft dependencies. */
  soft: string[];
  firmware: string[];
  /** What devices it drives: "pci:v00008086d0000100Esv*sd*bc*sc*i*". */
  aliases: string[];
}

const canonical = (name: string) => name.trim().replaceAll('-', '_');

/** Blocks of `modinfo FILE…`: each starts with its filename line. */
export function parseModinfo(output: string, root: string): ModuleInfo[] {
  const modules: ModuleInfo[] = [];
  for (const line of output.split('\n')) {
    const [, field, value] = /^([a-z]+):\s*(.*)$/.exec(line) ?? [];
    if (field === undefined || value === undefined) continue;
    if (field === 'filename') {
      const file = value.startsWith(`${root}/`) ? value.slice(root.length + 1) : value.replace(/^\//, '');
      modules.push({ file, name: moduleName(file), depends: [], soft: [], firmware: [], aliases: [] });
      continue;
    }
    const module = modules.at(-1);
    if (!module) continue;
    if (field === 'depends') module.depends.push(...names(value, ','));
    else if (field === 'softdep') module.soft.push(...names(value.replace(/\b(pre|post):/g, ' '), ' '));
    else if (field === 'firmware') module.firmware.push(value.trim());
    else if (field === 'alias') module.aliases.push(value.trim());
  }
  return modules;
}

function names(text: string, separator: string): string[] {
  return text
    .split(separator)
    .map(canonical)
    .filter((name) => name !== '');
}

/** kernel/drivers/net/e1000e/e1000e.ko.xz → e1000e */
export function moduleName(file: string): string {
  const base = file.slice(file.lastIndexOf('/') + 1);
  return canonical(base.replace(/\.ko(\.(xz|zst|gz))?$/, ''));
}

/** usr/lib/modules/VERSION/kernel/net/tun.ko.xz → kernel/net/tun: what module rules match. */
export function modulePath(file: string): string {
  return file.replace(/^(usr\/)?lib\/modules\/[^/]+\//, '').replace(/\.ko(\.(xz|zst|gz))?$/, '');
}

const MODULE = /^usr\/lib\/modules\/([^/]+)\/.*\.ko(\.(xz|zst|gz))?$/;

export function isModule(path: string): boolean {
  return MODULE.test(path);
}

/** Version of the kernel that a module's path belongs to. */
export function kernelOf(path: string): string | undefined {
  return MODULE.exec(path)?.[1];
}

/** Names of modules.builtin, whose lines are paths. */
export function parseBuiltin(text: string): Set<string> {
  return new Set(
    text
      .split('\n')
      .filter((line) => line !== '')
      .map(moduleName),
  );
}

/**
 * Drivers that are built into the kernel, from modules.builtin.modinfo: "name.field=value", each ended by a zero
 * byte. They have no file.
 */
export function parseBuiltinModinfo(text: string): ModuleInfo[] {
  const modules = new Map<string, ModuleInfo>();
  for (const entry of text.split('\0')) {
    const [, given, field, value] = /^([^.=]+)\.([^=]+)=(.*)$/s.exec(entry) ?? [];
    if (given === undefined || value === undefined) continue;
    const name = canonical(given);
    const module = modules.get(name) ?? { file: '', name, depends: [], soft: [], firmware: [], aliases: [] };
    modules.set(name, module);
    if (field === 'alias') module.aliases.push(value);
    else if (field === 'firmware') module.firmware.push(value);
  }
  return [...modules.values()];
}
