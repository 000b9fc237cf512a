import { cp, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Catalog } from '../../builder/catalog/catalog.ts';
import type { Manifest } from '../../builder/contract/manifest.ts';
import { squashfsArguments } from '../../builder/image/arguments.ts';
import { dracutArguments, OWN_MODULES } from '../../builder/initramfs/arguments.ts';
import { loadRecipe } from '../../builder/recipe/load.ts';
import type { PlacedRule } from '../../builder/recipe/strip-rules.ts';
import { readModuleRecords } from '../../builder/report/read.ts';
import { installArguments } from '../../builder/root/arguments.ts';
import type { Lock } from '../../builder/root/lock.ts';
import { nevra } from '../../builder/root/parse.ts';
import { prepareDnf } from '../../builder/root/prepare.ts';
import { run } from '../../builder/shared/process/run.ts';
import { rootSandbox } from '../../builder/shared/process/sandbox.ts';
import { initramfsModules } from '../../builder/strip/initramfs-modules.ts';

/** Seconds. */
export interface Bare {
  dnf: number;
  dracut: number;
  squashfs: number;
  iso: number;
  total: number;
}

/**
 * What somebody does by hand: one dnf transaction of the same packages from the same cache, dracut over the same
 * modules, mksquashfs of the same stripped content with the same settings, xorriso. No checks, no configuration, no
 * proofs, no digests; nothing is timed but these four calls.
 */
export async function bareMinimum(
  folder: string,
  image: Manifest,
  catalog: Catalog,
  recipeFile: string,
  variables: Record<string, string>,
): Promise<Bare> {
  const work = join(folder, 'bare');
  await rm(work, { recursive: true, force: true });
  const [root, home, out, iso] = [
    join(work, 'root'),
    join(work, 'home'),
    join(work, 'out'),
    join(work, 'iso'),
  ];
  for (const path of [root, home, out, iso, join(work, 'tmp')]) await mkdir(path, { recursive: true });
  const stripped = join(folder, 'stripped');
  await rm(stripped, { recursive: true, force: true });
  await run(['unsquashfs', '-no-progress', '-quiet', '-d', stripped, catalog.artifact(image, 'rootfs')]);
  const { recipe, initramfsRules } = await loadRecipe(recipeFile, variables);
  const paths = { home, temporary: join(work, 'tmp'), cache: join(folder, 'cache/dnf'), root };
  await prepareDnf(recipe, paths);
  // Scriptlets would make a regular file of /dev/null.
  await mkdir(join(root, 'dev'));
  for (const [name, minor] of [
    ['null', '3'],
    ['zero', '5'],
    ['random', '8'],
    ['urandom', '9'],
  ] as const) {
    await run(['mknod', '-m', '666', join(root, 'dev', name), 'c', '1', minor]);
  }
  const packages = (await lockOf(catalog, image)).packages.map(nevra);
  const kernel = image.kernelVersion;
  const inside = `/usr/lib/modules/${kernel}`;
  const modules = join(work, 'modules');
  await layModules(catalog, image, stripped, modules, initramfsRules);
  const binds = {
    ...{ [inside]: modules, '/var/tmp': join(work, 'tmp'), '/tmp/out': out },
    ...Object.fromEntries(
      OWN_MODULES.map(({ folder, from }) => [
        folder,
        join(import.meta.dirname, '../../builder/initramfs', from),
      ]),
    ),
  };
  const dracut = dracutArguments(recipe.compression.initramfs, kernel, '/tmp/out/initramfs.img');

  const times = {
    dnf: await timed(installArguments(recipe, paths, packages), { HOME: home }),
    dracut: await timed(rootSandbox(dracut, { root, binds }), {}, () =>
      run(rootSandbox(['depmod', '-a', kernel], { root, binds: { [inside]: modules } })),
    ),
    squashfs: await timed(
      squashfsArguments(stripped, join(iso, 'squashfs.img'), recipe.compression.squashfs),
    ),
    iso: await timed(['xorriso', '-as', 'mkisofs', '-quiet', '-o', join(work, 'bare.iso'), iso]),
  };
  await rm(work, { recursive: true, force: true });
  return { ...times, total: times.dnf + times.dracut + times.squashfs + times.iso };
}

/** The modules that ours takes into the initramfs, and the lists that dracut reads. */
async function layModules(
  catalog: Catalog,
  image: Manifest,
  stripped: string,
  to: string,
  rules: readonly PlacedRule[],
): Promise<void> {
  const records = await readModuleRecords(catalog.folder, image);
  const kept = records.modules.flatMap(({ path, kept, ...module }) =>
    path && kept ? [{ ...module, file: path, soft: [], firmware: [] }] : [],
  );
  const base = `usr/lib/modules/${image.kernelVersion}`;
  const lists = (await readdir(join(stripped, base))).filter((name) => name.startsWith('modules.'));
  for (const path of [...lists.map((name) => `${base}/${name}`), ...initramfsModules(kept, rules)])
    await cp(join(stripped, path), join(to, path.slice(base.length)));
}

async function timed(
  argv: string[],
  env: Record<string, string> = {},
  before: () => Promise<unknown> = async () => undefined,
): Promise<number> {
  await before();
  await run(['sync']);
  const started = performance.now();
  await run(argv, { env });
  return (performance.now() - started) / 1000;
}

async function lockOf(catalog: Catalog, { id }: Manifest): Promise<Lock> {
  const folder = join(catalog.folder, id);
  const record = (await readdir(folder)).find((name) => /^build-[0-9a-f]+\.json$/.test(name))!;
  return (JSON.parse(await readFile(join(folder, record), 'utf8')) as { lock: Lock }).lock;
}
