import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { layPolicy, type PolicySource, policySource } from '../../../builder/configure/policy.ts';

it('a policy from the cache is all of what was compiled, with its times: equal inputs give equal bytes', async () => {
  const base = await mkdtemp(join(tmpdir(), 'rackhand-policy-'));
  onTestFinished(() => rm(base, { recursive: true }));
  const [kept, root] = [join(base, 'kept'), join(base, 'root')];
  const [old, older] = [1_600_000_000, 1_500_000_000];
  const [policy, store] = ['etc/selinux/targeted', 'var/lib/selinux/targeted'];
  await mkdir(join(kept, policy, 'contexts'), { recursive: true });
  await writeFile(join(kept, policy, 'contexts/media'), 'cdrom\n');
  await utimes(join(kept, policy, 'contexts/media'), old, old);
  for (const folder of ['contexts', '.']) await utimes(join(kept, policy, folder), older, older);
  await mkdir(join(kept, store), { recursive: true });
  await writeFile(join(kept, store, 'module'), '');
  for (const place of [policy, store]) {
    await mkdir(join(root, place), { recursive: true });
    await writeFile(join(root, place, 'left'), '');
  }

  await layPolicy(root, await sourceOf(root), kept);

  expect(await readdir(join(root, policy))).toEqual(['contexts']);
  expect(await readdir(join(root, store))).toEqual(['module']);
  const times = ['contexts/media', 'contexts', '.'].map(
    async (path) => (await stat(join(root, policy, path))).mtimeMs,
  );
  expect(await Promise.all(times)).toEqual([old * 1000, older * 1000, older * 1000]);
});

async function sourceOf(root: string): Promise<PolicySource> {
  await writeFile(join(root, 'etc/selinux/config'), 'SELINUXTYPE=targeted\n');
  return policySource(root);
}
