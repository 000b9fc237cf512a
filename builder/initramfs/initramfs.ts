import { chmod, constants, copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Recipe } from '../recipe/schema.ts';
import { RackhandError } from '../shared/errors.ts';
import { removeInside, resolveInside } from '../shared/inside.ts';
import { isPresent } from '../shared/present.ts';
import { run } from '../shared/process/run.ts';
import { rootSandbox } from '../shared/process/sandbox.ts';
import { dracutArguments, dracutEnvironment, OWN_MODULES } from './arguments.ts';

export interface InitramfsOptions {
  root: string;
  recipe: Recipe;
  kernel: string;
  /** Paths of the modules that dracut may take. */
  modules: readonly string[];
  /** Folder that gets vmlinuz, initramfs.img, and the list of what is in the latter. */
  output: string;
  /** Folder for dracut's scratch files and the modules that it sees. */
  scratch: string;
  epoch: number;
  signal?: AbortSignal | undefined;
  onLine?: (line: string) => void;
}

/** Copies the kernel out of the root and lets the root's own dracut make the initramfs. */
export async function makeInitramfs(options: InitramfsOptions): Promise<void> {
  const { root, kernel, output, scratch, signal, onLine } = options;
  const abort = signal ? { signal } : {};
  await copyFile(await findKernel(root, kernel), join(output, 'vmlinuz'));
  await chmod(join(output, 'vmlinuz'), 0o644);
  const temporary = join(scratch, 'tmp');
  await mkdir(temporary, { recursive: true });
  const tree = await layModules(options);
  const inside = `/usr/lib/modules/${kernel}`;
  const { arch, compression } = options.recipe;
  const argv = dracutArguments(compression.initramfs, kernel, '/tmp/out/initramfs.img', arch);
  const binds = {
    ...{ [inside]: tree, '/var/tmp': temporary, '/tmp/out': output },
    ...(await layOwnModules(join(scratch, 'own'))),
  };
  const lines: string[] = [];
  await run(rootSandbox(['depmod', '-a', kernel], { root, binds: { [inside]: tree } }), abort);
  const env = dracutEnvironment(options.epoch);
  await run(rootSandbox(['env', ...env, ...argv], { root, binds }), {
    ...abort,
    onLine: (line) => {
      lines.push(line);
      onLine?.(line);
    },
  });
  // The sandbox made the places where they were shown.
  for (const { folder } of OWN_MODULES) await removeInside(root, folder.slice(1));
  await assertModules(lines, join(output, 'initramfs.img'));
  await writeFile(join(output, LIST), (await listKept(temporary)).map((path) => `${path}\n`).join(''));
  await chmod(join(output, 'initramfs.img'), 0o644); // dracut writes 0600; HTTP and TFTP serve it
  await rm(scratch, { recursive: true, force: true });
}

const LIST = 'files.txt';

/** Paths of what is in the initramfs, from the output folder of makeInitramfs: "usr/bin/bash". */
export async function initramfsFiles(output: string): Promise<string[]> {
  return (await readFile(join(output, LIST), 'utf8')).split('\n').filter((line) => line !== '');
}

/** What dracut has packed, from the folder that it keeps: tmpdir/dracut.XXXXXX/initramfs. */
export async function listKept(temporary: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of (await readdir(temporary)).filter((name) => name.startsWith('dracut.'))) {
    const folder = join(temporary, name, 'initramfs');
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
      if (!entry.isDirectory()) found.push(join(entry.parentPath, entry.name).slice(folder.length + 1));
  }
  if (found.length > 0) return found.sort();
  throw new RackhandError(
    'initramfs-incomplete',
    `dracut --keep has left nothing in ${temporary}: what is in the initramfs is not known`,
    'report it with the version of dracut in the packages',
  );
}

/** The kernel's folder as dracut sees it: the modules it may take, and the lists that depmod starts from. */
async function layModules({ root, kernel, modules, scratch }: InitramfsOptions): Promise<string> {
  const base = `usr/lib/modules/${kernel}`;
  const tree = join(scratch, 'modules');
  const lists = (await readdir(join(root, base))).filter((name) => /^modules\.(builtin|order)/.test(name));
  for (const path of [...lists.map((name) => `${base}/${name}`), ...modules]) {
    const to = join(tree, path.slice(base.length));
    await mkdir(dirname(to), { recursive: true });
    const from = await resolveInside(root, path);
    if (from === undefined)
      throw new RackhandError('root-incomplete', `/${path} leads nowhere`, 'mend the link in the root');
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  }
  return tree;
}

/**
 * Our modules as dracut sees them: root's, and with modes of their own, whoever's the checkout is and under whatever mask it
 * was made, since dracut keeps both.
 * @returns place in the root → folder
 */
export async function layOwnModules(to: string): Promise<Record<string, string>> {
  const laid: Record<string, string> = {};
  for (const { name, folder, from } of OWN_MODULES) {
    const source = join(import.meta.dirname, from);
    laid[folder] = join(to, name);
    for (const entry of await readdir(source, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const file = join(entry.parentPath, entry.name);
      const place = join(laid[folder], file.slice(source.length));
      await mkdir(dirname(place), { recursive: true });
      // copyFile would give it the other's owner.
      await writeFile(place, await readFile(file));
      await chmod(place, (await stat(file)).mode & 0o100 ? 0o755 : 0o644);
    }
  }
  return laid;
}

async function findKernel(root: string, kernel: string): Promise<string> {
  for (const path of [`usr/lib/modules/${kernel}/vmlinuz`, `boot/vmlinuz-${kernel}`]) {
    const found = await resolveInside(root, path);
    if (found !== undefined) return found;
  }
  throw new RackhandError(
    'kernel-missing',
    `the root has modules of ${kernel} but no kernel`,
    'add kernel-core to the packages',
  );
}

/** dracut goes on without a module that it cannot install; such an image would not boot. */
async function assertModules(lines: readonly string[], file: string): Promise<void> {
  const absent = lines.filter((line) =>
    /module '(dmsquash-live|livenet|network-manager|rackhand|stripped)' (cannot be found|will not be installed)/.test(
      line,
    ),
  );
  if (absent.length === 0 && (await isPresent(file))) return;
  throw new RackhandError(
    'initramfs-incomplete',
    `dracut left out what booting needs:\n${(absent.length > 0 ? absent : lines).slice(-10).join('\n')}`,
    'add dracut-live and dracut-network (or what the lines above name) to the packages',
  );
}
