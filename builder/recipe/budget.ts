import { z } from 'zod';

const Mib = z.int().positive().optional();

/** Most that an image may come to, in MiB; a build that exceeds one of them is not published. */
export const Budget = z.strictObject({
  /** The packed root. */
  image: Mib,
  initramfs: Mib,
  iso: Mib,
  /** Fetched by management controllers, often over slow lines. */
  netiso: Mib,
  /** RAM to run live: the recipe's ramRequired may not be above it. */
  ram: Mib,
});
export type Budget = z.infer<typeof Budget>;
