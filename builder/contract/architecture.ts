import { z } from 'zod';

/** Machine architectures that an image can be for, by rpm's names. */
export const Architecture = z.enum(['x86_64', 'aarch64']);
export type Architecture = z.infer<typeof Architecture>;
