import { chmod, cp, lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { run } from '../../../builder/shared/process/run.ts';

// The builder's own modules of dracut, out of a checkout of somebody else's that was made under another mask.

const BUILDER = join(import.meta.dirname, '../../../builder');
let base: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'rackhand-own-'));
});
afterEach(() => rm(base, { recursive: true, force: true }));

/** @returns path, mode and owner of each file */
async function laidFrom(builder: string, to: string): Promise<string[]> {
  const script = `
    import { layOwnModules } from ${JSON.stringify(join(builder, 'initramfs/initramfs.ts'))};
    await layOwnModules(${JSON.stringify(to)});`;
  await run([process.execPath, '--input-type=module', '--eval', script]);
  const files = await readdir(to, { recursive: true, withFileTypes: true });
  const rows = files.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    const { mode, uid, gid } = await lstat(path);
    return `${path.slice(to.length)} ${(mode & 0o777).toString(8)} ${uid} ${gid}`;
  });
  return (await Promise.all(rows)).sort();
}

it('are root’s and have the same modes whoever’s the checkout is', async () => {
  const other = join(base, 'builder');
  await cp(BUILDER, other, { recursive: true });
  await run(['chmod', '-R', 'go=', other]);
  await run(['chown', '-R', '65534:65534', other]);
  await chmod(base, 0o700);
  const laid = await laidFrom(BUILDER, join(base, 'a'));
  expect(laid).toContain('/rackhand/lib.sh 644 0 0');
  expect(laid).toContain('/rackhand/fetch.sh 755 0 0');
  expect(await laidFrom(other, join(base, 'b'))).toEqual(laid);
});
