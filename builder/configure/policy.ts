import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Recipe } from '../recipe/schema.ts';
import { RackhandError } from '../shared/errors.ts';
import {
  listInside,
  makeInside,
  readInside,
  removeInside,
  resolveInside,
  writeInside,
} from '../shared/inside.ts';
import { run } from '../shared/process/run.ts';
import { rootSandbox } from '../shared/process/sandbox.ts';
import {
  booleansLocal,
  effectiveMode,
  type Policy,
  policyOf,
  selinuxConfig,
  semanageConfig,
  semoduleArguments,
} from './selinux.ts';

const MODULES = join(import.meta.dirname, '../../images/recipes/selinux');
const SEMANAGE = 'etc/selinux/semanage.conf';
const INSIDE = 'usr/share/selinux/rackhand';

/** What the policy of an image is made of, beside the root's own: a change of it compiles anew. */
export interface PolicySource {
  policy: Policy;
  /** Text of semanage.conf: how it is compiled. */
  semanage: string;
  /** Text of each module, by name. */
  texts: Record<string, string>;
  /** Folders of the root that it lies in: what is loaded, and the modules that it was compiled of. */
  places: string[];
}

/** Where there can be no labels the image is permissive, and everything that follows says so. */
export function labelled<T extends { recipe: Recipe }>(loaded: T, canLabel: boolean): T {
  const selinux = effectiveMode(loaded.recipe.selinux, canLabel);
  return { ...loaded, recipe: { ...loaded.recipe, selinux } };
}

/** Writes the mode; the policy itself is policySource() and what follows. */
export async function setPolicyMode(root: string, { selinux }: Pick<Recipe, 'selinux'>): Promise<void> {
  if (selinux === 'disabled') return;
  const { type } = await rootPolicy(root);
  await writeInside(root, 'etc/selinux/config', selinuxConfig(selinux, type), 0o644);
  await writeInside(root, SEMANAGE, semanageConfig(await textOf(root, SEMANAGE)), 0o644);
}

export async function policySource(root: string): Promise<PolicySource> {
  const policy = await rootPolicy(root);
  const [semanage, texts] = [await textOf(root, SEMANAGE), await localModules(policy.modules)];
  const places = ['etc/selinux', 'var/lib/selinux'].map((folder) => `${folder}/${policy.type}`);
  return { policy, semanage, texts, places };
}

/** Texts of our modules by name; all of them are inputs of every build. */
export async function localModules(names?: readonly string[]): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const name of names ?? (await readdir(MODULES)).sort())
    texts[name] = await readFile(join(MODULES, name), 'utf8');
  return texts;
}

/**
 * Compiles the root's policy with our booleans and modules, by the root's own tools, and copies the result to
 * `output`.
 * @throws RackhandError selinux-policy-missing | selinux-policy-failed
 */
export async function compilePolicy(
  root: string,
  { policy, texts, places }: PolicySource,
  output: string,
  signal?: AbortSignal,
): Promise<void> {
  const booleans = `var/lib/selinux/${policy.type}/active/booleans.local`;
  await writeInside(root, booleans, booleansLocal(policy), 0o644);
  await makeInside(root, INSIDE);
  for (const [name, text] of Object.entries(texts)) await writeInside(root, `${INSIDE}/${name}`, text, 0o644);
  try {
    await run(rootSandbox(semoduleArguments(policy, `/${INSIDE}`), { root }), signal ? { signal } : {});
  } catch (cause) {
    if (!(cause instanceof RackhandError) || cause.code !== 'command-failed') throw cause;
    const mend = 'correct images/recipes/selinux, or add policycoreutils to the packages';
    throw new RackhandError('selinux-policy-failed', cause.message, mend, { cause });
  }
  await removeInside(root, INSIDE);
  await assertCompiled(root, policy);
  for (const place of places) await copyPolicy(await resolveInside(root, place), join(output, place), signal);
}

/** Lays what compilePolicy() made into another root of the same packages. */
export async function layPolicy(
  root: string,
  { places }: PolicySource,
  folder: string,
  signal?: AbortSignal,
): Promise<void> {
  for (const place of places) {
    await removeInside(root, place);
    await copyPolicy(join(folder, place), await makeInside(root, place), signal);
  }
}

/** With times: an image is the same whether its policy was compiled for it or was in the cache. */
async function copyPolicy(from: string | undefined, to: string, signal?: AbortSignal): Promise<void> {
  await mkdir(to, { recursive: true });
  if (from === undefined) return;
  await run(['cp', '-a', '--', `${from}/.`, to], signal ? { signal } : {});
}

async function rootPolicy(root: string): Promise<Policy> {
  return policyOf(await textOf(root, 'etc/selinux/config'));
}

/** Empty when there is no such file. */
async function textOf(root: string, path: string): Promise<string> {
  return (await readInside(root, path)) ?? '';
}

async function assertCompiled(root: string, { type }: Policy): Promise<void> {
  const folder = `etc/selinux/${type}`;
  const built = await listInside(root, `${folder}/policy`);
  const labels = await resolveInside(root, `${folder}/contexts/files/file_contexts`);
  if (labels !== undefined && built.some((name) => /^policy\.\d+$/.test(name))) return;
  throw new RackhandError(
    'selinux-policy-missing',
    `the root has no compiled policy in /etc/selinux/${type}`,
    "add selinux-policy-targeted and policycoreutils to the recipe's packages",
  );
}
