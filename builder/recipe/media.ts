import { z } from 'zod';

/** What a recipe may say about discs and sticks. */
export const MEDIA_KEYS = {
  /** Beside what network boot needs. */
  media: z
    .array(z.enum(['iso', 'usb', 'netiso']))
    .min(1)
    .refine((kinds) => new Set(kinds).size === kinds.length, { error: 'expected each of the media once' })
    .default(['iso']),
  /** GRUB's own hash of the key that opens the rescue shell of the media; without one there is no such shell. */
  rescue: z
    .string()
    .max(1024)
    .regex(/^grub\.pbkdf2\.sha512\.[1-9][0-9]{3,7}\.[0-9A-F]{32,512}\.[0-9A-F]{64,256}$/, {
      error: 'expected what grub-mkpasswd-pbkdf2 prints, from "grub.pbkdf2.sha512." on',
    })
    .optional(),
};
