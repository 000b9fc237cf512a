import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import type { ModuleInfo } from './modules.ts';
import type { StripInput, StripPlan } from './plan.ts';

/**
 * Every kernel module that the root held before the strip and what devices it drives: `modules.json.gz` beside the
 * manifest. A file of its own, since only `rackhand images fit` wants the tens of thousands of aliases, and the
 * server may read it without the paths of the whole root.
 */
export const ModuleRecords = z.strictObject({
  schema: z.literal(1),
  kernel: z.string(),
  modules: z.array(
    z.strictObject({
      name: z.string(),
      /** From the root of the image; absent: built into the kernel. */
      path: z.string().optional(),
      aliases: z.array(z.string()),
      depends: z.array(z.string()),
      /** Files it may ask for; removed: by a rule; unpackaged: the root never had it. */
      firmware: z.array(z.tuple([z.string(), z.enum(['there', 'removed', 'unpackaged'])])),
      kept: z.boolean(),
      /** For one that is gone: "server-hardware.yaml:3 (drop-module: not in servers)". */
      rule: z.string().optional(),
    }),
  ),
});
export type ModuleRecords = z.infer<typeof ModuleRecords>;
export type ModuleRecord = ModuleRecords['modules'][number];

/** @param builtin drivers in the kernel itself; their firmware is not followed */
export function makeModuleRecords(
  kernel: string,
  modules: readonly ModuleInfo[],
  builtin: readonly ModuleInfo[],
  { needs }: StripInput,
  { decisions, rules }: StripPlan,
): ModuleRecords {
  const loadable = modules.map(({ name, file, aliases, depends }): ModuleRecord => {
    const decision = decisions.get(file)!;
    const rule = decision.keep ? undefined : rules[decision.rule];
    const firmware = (needs.get(file) ?? []).flatMap((need): ModuleRecord['firmware'] => {
      if (need.kind !== 'firmware') return [];
      const there = need.providers.some((path) => decisions.get(path)!.keep);
      return [[need.name, there ? 'there' : need.providers.length > 0 ? 'removed' : 'unpackaged']];
    });
    return {
      ...{ name, path: file, aliases, depends, firmware, kept: decision.keep },
      ...(rule ? { rule: `${rule.at} (${rule.verb}: ${rule.because})` } : {}),
    };
  });
  const inKernel = builtin.map(
    ({ name, aliases }): ModuleRecord => ({ name, aliases, depends: [], firmware: [], kept: true }),
  );
  return { schema: 1, kernel, modules: [...loadable, ...inKernel] };
}

/** Most bytes that a record unpacks to: one from elsewhere may be a bomb. */
const UNPACKED = 512 << 20;

export function packModuleRecords(records: ModuleRecords): Buffer {
  return gzipSync(JSON.stringify(records), { level: 6 });
}

/** @throws when it is not what packModuleRecords gave */
export function unpackModuleRecords(bytes: Uint8Array): ModuleRecords {
  return ModuleRecords.parse(JSON.parse(gunzipSync(bytes, { maxOutputLength: UNPACKED }).toString('utf8')));
}
