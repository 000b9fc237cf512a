import { link, mkdir, readdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { identity } from '../../../builder/shared/ids.ts';
import { run } from '../../../builder/shared/process/run.ts';

/** What createrepo_c is given. */
export function createrepoArguments(folder: string): string[] {
  return ['createrepo_c', '--quiet', '--no-database', '--general-compress-type=gz', '--workers=2', folder];
}

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
  for (const old of await readdir(generations)) {
    if (old !== name) await rm(join(generations, old), { recursive: true, force: true });
  }
  return (await readdir(join(generation, 'Packages'))).length;
}

async function turnLink(path: string, target: string): Promise<void> {
  if ((await readlink(path).catch(() => '')) === target) return;
  const next = `${path}.next`;
  await rm(next, { force: true });
  await symlink(target, next);
  await rename(next, path);
}
