import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { layPolicy } from '../../../builder/configure/policy.ts';
import { policyOf } from '../../../builder/configure/selinux.ts';

const CONFIG = 'SELINUXTYPE=targeted\n';

it('a policy from the cache has the times that it had when it was compiled: equal inputs give equal bytes', async () => {
  const base = await mkdtemp(join(tmpdir(), 'rackhand-policy-'));
  onTestFinished(() => rm(base, { recursive: true }));
  const [kept, root] = [join(base, 'kept'), join(base, 'root')];
  const [old, older] = [1_600_000_000, 1_500_000_000];
  await mkdir(join(kept, 'targeted/contexts'), { recursive: true });
  await writeFile(join(kept, 'targeted/contexts/media'), 'cdrom\n');
  await utimes(join(kept, 'targeted/contexts/media'), old, old);
  for (const folder of ['targeted/contexts', 'targeted']) await utimes(join(kept, folder), older, older);
  await mkdir(join(root, 'etc/selinux/targeted'), { recursive: true });
  await writeFile(join(root, 'etc/selinux/targeted/left'), '');

  await layPolicy(root, { policy: policyOf(CONFIG), semanage: '', texts: {} }, kept);

  const laid = join(root, 'etc/selinux/targeted');
  expect(await readdir(laid)).toEqual(['contexts']);
  const times = ['contexts/media', 'contexts', '.'].map(
    async (path) => (await stat(join(laid, path))).mtimeMs,
  );
  expect(await Promise.all(times)).toEqual([old * 1000, older * 1000, older * 1000]);
});
