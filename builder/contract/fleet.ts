import { z } from 'zod';

/**
 * Machines an image has to fit: what `rackhand hosts fleet` writes, and `rackhand build --fleet` and
 * `rackhand images fit` read. A modalias is what the kernel's uevents call a device
 * ("pci:v00008086d00001521sv…"); those of processors list every feature and are long.
 */
export const Modalias = z
  .string()
  .min(3)
  .max(4096)
  .regex(/^[\x20-\x7e]+$/, 'expected a modalias in printable ASCII');

export const Fleet = z.strictObject({
  hosts: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[A-Za-z0-9._:-]{1,253}$/, 'expected a host name'),
        modaliases: z.array(Modalias).max(8192),
      }),
    )
    .min(1)
    .max(65536),
});
export type Fleet = z.infer<typeof Fleet>;
