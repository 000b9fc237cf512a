import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RackhandError } from '../../../builder/shared/errors.ts';
import { run } from '../../../builder/shared/process/run.ts';
import { globToRegExp } from '../../../builder/strip/rules.ts';
import { accountFile } from './accounts.ts';
import type { OwnedPath } from './files.ts';
import { mergeUsr, ownerOf, type PayloadEntry, placePayload } from './layout.ts';
import { parseModulesDep, splitModules } from './modules.ts';
import type { Build, PlannedPackage } from './plan.ts';
import type { Tables, Write } from './tables.ts';

/** Everything written by the mirror itself bears this time: equal inputs give equal packages. */
export const EPOCH = 1_735_689_600;

/** Unpacks the Debian packages and lays the buildroot. Gives what each package owns. */
export async function layBuildroot(
  build: Build,
  tables: Tables,
  folder: string,
  signal: AbortSignal,
): Promise<Map<string, OwnedPath[]>> {
  const source = join(folder, 'payload');
  const root = join(folder, 'root');
  await mkdir(source, { recursive: true });
  await mkdir(root, { recursive: true });
  for (const deb of build.debs) await run(['dpkg-deb', '--extract', deb.file, source], { signal });
  const entries = await listPayload(source);
  const modules = build.kernel ? await classifyModules(build, tables, source, signal) : new Map();
  const owned = new Map<string, OwnedPath[]>(build.packages.map(({ name }) => [name, []]));
  const conffiles = new Set(build.debs.flatMap((deb) => deb.conffiles.map(mergeUsr)));
  const origin = new Map<string, string>();

  for (const placed of placePayload(entries, build, tables.layout, modules)) {
    await movePath(join(source, placed.from), join(root, placed.path), placed);
    origin.set(mergeUsr(placed.from), placed.path);
    const config = conffiles.has(mergeUsr(placed.from)) || placed.path.startsWith('etc/');
    for (const name of placed.packages) {
      owned.get(name)!.push({
        ...{ path: placed.path, kind: placed.kind, config },
        ...ownerOf(placed, tables.layout),
      });
    }
  }
  for (const edit of build.definition.edit) await editFile(join(root, edit.file), edit);
  for (const part of build.packages) await addOwn(part);
  await rm(source, { recursive: true, force: true });
  return owned;

  async function addOwn(part: PlannedPackage): Promise<void> {
    const list = owned.get(part.name)!;
    const isMine = (path: string) => list.some((entry) => entry.path === path);
    for (const [path, write] of Object.entries(part.part.write)) {
      await writeOne(join(root, path), await contentOf(write, origin, root, tables), write.mode);
      if (!isMine(path)) list.push({ path, kind: 'file', config: write.config });
    }
    for (const [path, target] of Object.entries(part.part.links)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await rm(join(root, path), { force: true });
      await symlink(target, join(root, path));
      if (!isMine(path)) list.push({ path, kind: 'link' });
    }
    for (const path of [...part.part.folders].sort()) {
      await mkdir(join(root, path), { recursive: true });
      if (!isMine(path)) list.push({ path, kind: 'directory' });
    }
    for (const path of part.part.ghost) {
      if (path.endsWith('/')) await mkdir(join(root, path), { recursive: true });
      else await writeOne(join(root, path), '', '0644');
    }
  }
}

async function listPayload(source: string): Promise<PayloadEntry[]> {
  const found = await readdir(source, { recursive: true, withFileTypes: true });
  return Promise.all(
    found.map(async (entry) => {
      const full = join(entry.parentPath, entry.name);
      const kind = entry.isSymbolicLink() ? 'link' : entry.isDirectory() ? 'directory' : 'file';
      const { mode, uid, gid } = await lstat(full);
      return { path: full.slice(source.length + 1), kind, mode: mode & 0o7777, uid, gid } as const;
    }),
  ).then((list) => list.sort((a, b) => (a.path < b.path ? -1 : 1)));
}

/** depmod says what needs what; its files are not packaged but made again when the package is installed. */
async function classifyModules(
  build: Build,
  tables: Tables,
  source: string,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const folder = join(source, 'lib/modules', build.kernel!);
  const before = new Set(await readdir(folder));
  const need = 'depmod (package kmod) tells which modules belong together';
  await run(['depmod', '-b', source, build.kernel!], { signal, need });
  const classes = splitModules(
    parseModulesDep(await readFile(join(folder, 'modules.dep'), 'utf8')),
    tables.kernel,
  );
  for (const name of await readdir(folder)) if (!before.has(name)) await rm(join(folder, name));
  const packages = new Map(build.packages.map(({ name, modules }) => [modules, name]));
  const path = (module: string) => join('usr/lib/modules', build.kernel!, module);
  return new Map([...classes].map(([module, kind]) => [path(module), packages.get(kind)!]));
}

async function movePath(from: string, to: string, entry: PayloadEntry): Promise<void> {
  if (entry.kind === 'directory') {
    await mkdir(to, { recursive: true });
    await chmod(to, entry.mode);
    return;
  }
  await mkdir(dirname(to), { recursive: true });
  await rename(from, to);
  if (entry.kind === 'file') await chmod(to, entry.mode);
}

async function editFile(file: string, edit: { replace: string; with: string }): Promise<void> {
  const text = await readFile(file, 'utf8');
  if (!text.includes(edit.replace)) {
    throw new RackhandError(
      'mirror-table',
      `${file} no longer has the text that packages.yaml replaces: ${edit.replace.trim()}`,
      "correct 'edit' of the package",
    );
  }
  await writeFile(file, text.replace(edit.replace, edit.with));
  await utimes(file, EPOCH, EPOCH);
}

async function writeOne(file: string, content: string | Buffer, mode: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await rm(file, { force: true });
  await writeFile(file, content);
  await chmod(file, Number.parseInt(mode, 8));
  await utimes(file, EPOCH, EPOCH);
}

/** `origin` maps paths of the payload to where they went. */
async function contentOf(
  write: Write,
  origin: ReadonlyMap<string, string>,
  root: string,
  tables: Tables,
): Promise<string | Buffer> {
  if (write.text !== undefined) return write.text;
  if (write.copy !== undefined) return readFile(join(root, origin.get(write.copy) ?? write.copy));
  if (write.accounts !== undefined) {
    const master = (name: string) => readFile(join(root, 'usr/share/base-passwd', `${name}.master`), 'utf8');
    return accountFile(
      write.accounts,
      { passwd: await master('passwd'), group: await master('group') },
      tables.accounts,
    );
  }
  const pattern = globToRegExp(write.concat ?? '');
  const texts = [];
  for (const path of [...origin.values()].sort()) {
    if (pattern.test(path)) texts.push((await readFile(join(root, path), 'utf8')).trimEnd());
  }
  return `${texts.join('\n')}\n`;
}
