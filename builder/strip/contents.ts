import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import type { StripInput, StripPlan } from './plan.ts';

/**
 * What a root held before the strip, and what became of each path: `contents.json.gz` beside the manifest.
 * `rackhand why` and `rackhand images diff` read it; the image is complete without it.
 */
export const Contents = z.strictObject({
  schema: z.literal(1),
  rules: z.array(z.strictObject({ at: z.string(), verb: z.string(), because: z.string() })),
  packages: z.array(z.string()),
  paths: z.array(
    z.strictObject({
      path: z.string(),
      kind: z.enum(['file', 'directory', 'link', 'other']),
      /** Bytes. */
      size: z.int().nonnegative(),
      /** Indexes into `packages`. */
      owners: z.array(z.int().nonnegative()),
      keep: z.boolean(),
      /** rule: the last that matches; needed: a drop "unless needed" did not happen; target: a link goes with what it points to. */
      why: z.enum(['rule', 'needed', 'target', 'unnamed']),
      rule: z.int().nonnegative().optional(),
      /** What needs it, or the target that went. */
      by: z.string().optional(),
      needs: z.array(z.tuple([z.string(), z.string(), z.array(z.string())])).optional(),
    }),
  ),
});
export type Contents = z.infer<typeof Contents>;

export function makeContents({ entries, owners, needs }: StripInput, plan: StripPlan): Contents {
  const packages = [...new Set([...owners.values()].flat())].sort();
  const index = new Map(packages.map((name, i) => [name, i]));
  return {
    schema: 1,
    rules: plan.rules.map(({ at, verb, because }) => ({ at, verb, because })),
    packages,
    paths: entries.map(({ path, kind, size }) => {
      const decision = plan.decisions.get(path)!;
      const wanted = (needs.get(path) ?? []).map(
        ({ kind, name, providers }) => [kind, name, providers] as const,
      );
      return {
        ...{ path, kind, size, keep: decision.keep, why: decision.why },
        owners: (owners.get(path) ?? []).map((name) => index.get(name)!),
        ...(decision.why === 'unnamed' ? {} : { rule: decision.rule }),
        ...(decision.why === 'needed' ? { by: decision.by } : {}),
        ...(decision.why === 'target' ? { by: decision.target } : {}),
        ...(wanted.length > 0
          ? { needs: wanted.map(([k, n, p]): [string, string, string[]] => [k, n, p]) }
          : {}),
      };
    }),
  };
}

/** Most bytes that a record unpacks to: one from elsewhere may be a bomb. */
const UNPACKED = 512 << 20;

export function packContents(contents: Contents): Buffer {
  return gzipSync(JSON.stringify(contents), { level: 6 });
}

/** @throws when it is not what packContents gave */
export function unpackContents(bytes: Uint8Array): Contents {
  return Contents.parse(JSON.parse(gunzipSync(bytes, { maxOutputLength: UNPACKED }).toString('utf8')));
}
