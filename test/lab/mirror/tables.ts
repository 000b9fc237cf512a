import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { RackhandError } from '../../../builder/shared/errors.ts';
import { parseYaml } from '../../../builder/shared/yaml.ts';

/** The tables beside this file, checked; everything about names and packages is written there. */

const Words = z.array(z.string()).default([]);
const Mode = z.string().regex(/^[0-7]{4}$/);
const Own = z.strictObject({
  mode: Mode.optional(),
  user: z.string().optional(),
  group: z.string().optional(),
});
export type Own = z.infer<typeof Own>;

const Write = z.strictObject({
  text: z.string().optional(),
  /** Path of the payload that is copied. */
  copy: z.string().optional(),
  /** Pattern of payload files that are joined in order of their names. */
  concat: z.string().optional(),
  /** One of the account files, from accounts.yaml and Debian's base-passwd. */
  accounts: z.enum(['passwd', 'group', 'shadow', 'gshadow']).optional(),
  mode: Mode.default('0644'),
  config: z.boolean().default(false),
});
export type Write = z.infer<typeof Write>;

const Trigger = z.strictObject({ priority: z.int(), paths: z.array(z.string()), body: z.string() });
const Scripts = z.strictObject({
  pretransLua: z.string().optional(),
  post: z.string().optional(),
  posttrans: z.string().optional(),
  /** File triggers at the end of the transaction. */
  triggers: z.array(Trigger).default([]),
});
export type Scripts = z.infer<typeof Scripts>;

const common = {
  summary: z.string().optional(),
  requires: Words,
  /** Must be installed before. */
  pre: Words,
  provides: Words,
  write: z.record(z.string(), Write).default({}),
  links: z.record(z.string(), z.string()).default({}),
  own: z.record(z.string(), Own).default({}),
  ghost: Words,
  scripts: Scripts.default({ triggers: [] }),
};

export const Part = z.strictObject({
  ...common,
  files: z.array(z.string()).optional(),
  folders: Words,
  modules: z.enum(['core', 'rest', 'extra']).optional(),
});
export type Part = z.infer<typeof Part>;

const Package = z.strictObject({
  ...common,
  debs: Words,
  version: z.string().optional(),
  noarch: z.boolean().default(false),
  /** Installed before there is a shell or `filesystem`. */
  ground: z.boolean().default(false),
  /** No dependencies from its files: modules of the kernel and of GRUB are no programs. */
  plain: z.boolean().default(false),
  kernel: z.boolean().default(false),
  /** False where presets are applied in another way. */
  presets: z.boolean().default(true),
  /** `true`: those of layout.yaml, for the package `filesystem`. */
  folders: z.union([z.literal(true), Words]).default([]),
  drop: Words,
  move: z.array(z.strictObject({ from: z.string(), to: z.string() })).default([]),
  edit: z.array(z.strictObject({ file: z.string(), replace: z.string(), with: z.string() })).default([]),
  parts: z.record(z.string(), Part).default({}),
});
export type Package = z.infer<typeof Package>;

const Names = z.strictObject({
  rename: z.record(z.string(), z.string()),
  absent: Words,
  unrequired: Words,
});
const Layout = z.strictObject({
  users: z.record(z.string(), z.string()).default({}),
  groups: z.record(z.string(), z.string()).default({}),
  drop: Words,
  folders: Words,
  modes: z.record(z.string(), Mode),
  links: z.record(z.string(), z.string()),
});
export type Layout = z.infer<typeof Layout>;
const Accounts = z.strictObject({
  groups: z.record(z.string(), z.int()),
  users: z.record(
    z.string(),
    z.strictObject({
      uid: z.int(),
      group: z.string().optional(),
      home: z.string().default('/'),
      gecos: z.string(),
      also: Words,
    }),
  ),
});
export type Accounts = z.infer<typeof Accounts>;
const KernelSplit = z.strictObject({ core: Words, extra: Words });
export type KernelSplit = z.infer<typeof KernelSplit>;

export interface Tables {
  seeds: string[];
  names: z.infer<typeof Names>;
  packages: Record<string, Package>;
  layout: Layout;
  accounts: Accounts;
  kernel: KernelSplit;
}

export async function readTables(folder = join(import.meta.dirname, 'tables')): Promise<Tables> {
  const read = async <S extends z.ZodType>(name: string, schema: S) =>
    parseYaml(await readFile(join(folder, name), 'utf8'), name, schema, 'mirror-table');
  const packages: Record<string, Package> = {};
  for (const file of (await readdir(join(folder, 'packages'))).sort()) {
    const some = await read(`packages/${file}`, z.record(z.string(), Package));
    const twice = Object.keys(some).find((name) => name in packages);
    if (twice !== undefined)
      throw new RackhandError(
        'mirror-table',
        `packages/${file}: ${twice} is in another file too`,
        'keep one',
      );
    Object.assign(packages, some);
  }
  return {
    seeds: Object.values(await read('seeds.yaml', z.record(z.string(), z.array(z.string())))).flat(),
    names: await read('names.yaml', Names),
    packages,
    layout: await read('layout.yaml', Layout),
    accounts: await read('accounts.yaml', Accounts),
    kernel: await read('kernel.yaml', KernelSplit),
  };
}

/** A package of the tables as if it had been written in full. */
export function packageOf(values: z.input<typeof Package>): Package {
  return Package.parse(values);
}
