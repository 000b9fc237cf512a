import { link, mkdir, readdir, readlink, rename, rm, stat, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { identity } from '../../../builder/shared/ids.ts';
import { run } from '../../../builder/shared/process/run.ts';

/** What createrepo_c is given. */
export function createrepoArguments(folder: string): string[] {
  return ['createrepo_c', '--quiet', '--no-database', '--general-compress-type=gz', '--workers=2', folder];
}

/** This one, and the one before it: a build that began with that may still be reading. */
const GENERATIONS = 2;

/**
 * A generation of the repository with links to the cached packages; `repository` is a link that is turned to
 * it in one step. Gives the number of packages.
 */
export async function publish(
  folder: string,
  sources: readonly string[],
  keys: readonly string[],
  signal?: AbortSignal,
): Promise<number> {
  const name = identity([...keys].sort()).slice(0, 16);
  const generations = join(folder, 'generations');
  const generation = join(generations, name);
  await mkdir(generations, { recursive: true });
  if (!(await readdir(generations)).includes(name)) {
    const made = join(folder, 'work', 'repository');
    await rm(made, { recursive: true, force: true });
    await mkdir(join(made, 'Packages'), { recursive: true });
    for (const source of sources) {
      for (const file of await readdir(source)) await link(join(source, file), join(made, 'Packages', file));
    }
    const need = 'createrepo_c writes the metadata of the lab mirror; bin/setup.sh installs it';
    await run(createrepoArguments(made), { need, ...(signal ? { signal } : {}) });
    await rename(made, generation);
  }
  await turnLink(join(folder, 'repository'), join('generations', name));
  await utimes(generation, Date.now() / 1000, Date.now() / 1000);
  for (const old of (await newestFirst(generations)).slice(GENERATIONS))
    await rm(old, { recursive: true, force: true });
  return (await readdir(join(generation, 'Packages'))).length;
}

/** Generations by when they were last the current one. */
async function newestFirst(folder: string): Promise<string[]> {
  const paths = (await readdir(folder)).map((name) => join(folder, name));
  const dated = await Promise.all(paths.map(async (path) => ({ path, time: (await stat(path)).mtimeMs })));
  return dated.sort((a, b) => b.time - a.time).map(({ path }) => path);
}

async function turnLink(path: string, target: string): Promise<void> {
  if ((await readlink(path).catch(() => '')) === target) return;
  const next = `${path}.next`;
  await rm(next, { force: true });
  await symlink(target, next);
  await rename(next, path);
}
