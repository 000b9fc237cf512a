import { z } from 'zod';

/**
 * Which images the hosts of one server use: `uses/SERVER.json` of the catalog, written by that server whenever it
 * changes, so that it is known while the server is down. SERVER is an id that the server keeps.
 */
export const ImageUses = z.strictObject({
  schema: z.literal(1),
  /** Name of the server's machine, for people. */
  server: z.string().max(253),
  /** ISO time. */
  writtenAt: z.iso.datetime(),
  /** What hosts boot that name no image, and machines that nobody declared. */
  default: z.string().max(64).nullable(),
  hosts: z.array(
    z.strictObject({
      name: z.string().max(253),
      /** Image id, id prefix, tag or recipe name; null: the default. */
      image: z.string().max(64).nullable(),
      /** Ids that its last boots led to, and that it may be running. */
      booted: z.array(z.string().max(64)),
    }),
  ),
});
export type ImageUses = z.infer<typeof ImageUses>;
