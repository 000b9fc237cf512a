import { expect, it } from 'vitest';
import { checkTools } from '../../builder/tools.ts';

it.each(['x86_64', 'aarch64'] as const)(
  'a lock for %s needs no boot loader of it on this machine',
  async (arch) => {
    await expect(checkTools({ name: 'mine', arch }, false)).resolves.toBeUndefined();
  },
);

it('a root for another architecture is refused before any tool is looked for', async () => {
  const arch = process.arch === 'x64' ? 'aarch64' : 'x86_64';
  await expect(checkTools({ name: 'mine', arch }, true)).rejects.toMatchObject({ code: 'arch-foreign' });
});
