import { expect, it } from 'vitest';
import { z } from 'zod';
import { MEDIA_KEYS } from '../../../builder/recipe/media.ts';

const Keys = z.strictObject(MEDIA_KEYS);
const rescue = `grub.pbkdf2.sha512.10000.${'A1'.repeat(64)}.${'0F'.repeat(64)}`;

it('a recipe that says nothing gets an ISO without a rescue shell', () => {
  expect(Keys.parse({})).toEqual({ media: ['iso'] });
});
it.each([{ media: ['iso', 'usb'] }, { media: ['usb'] }, { rescue }])('takes %j', (keys) => {
  expect(Keys.safeParse(keys).success).toBe(true);
});
it.each([
  ...[{ media: [] }, { media: ['usb', 'usb'] }, { media: ['floppy'] }],
  ...[
    { rescue: 'secret' },
    { rescue: `${rescue}\nset superusers=` },
    { rescue: rescue.replace('10000', '10') },
  ],
])('refuses %j', (keys) => {
  expect(Keys.safeParse(keys).success).toBe(false);
});
