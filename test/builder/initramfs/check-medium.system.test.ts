import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../../builder/shared/process/run.ts';
import { SHELLS } from '../overlay/shell.ts';

// The initramfs's own hook, on a tree of fixtures; getargbool is dracut's.

const HOOK = join(import.meta.dirname, '../../../builder/initramfs/dracut/check-medium.sh');
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rackhand-check-'));
  const live = join(root, 'run/initramfs/live');
  for (const folder of ['dev', 'run/initramfs/live/LiveOS'])
    await mkdir(join(root, folder), { recursive: true });
  for (const file of ['kmsg', 'console']) await writeFile(join(root, 'dev', file), '');
  await writeFile(join(live, 'LiveOS/squashfs.img'), 'the root');
  await writeFile(join(live, 'kernel'), 'the kernel');
  const { stdout } = await run(['sha256sum', './LiveOS/squashfs.img', './kernel'], { cwd: live });
  await writeFile(join(live, 'SHA256SUMS'), stdout);
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** What was said, and what systemctl was asked for. */
async function hook(argv: string[], argument: string): Promise<{ said: string[]; asked: string }> {
  const script = `getargbool() { case " $WORDS " in *" $2 "*) return 0 ;; esac; return 1; }
systemctl() { printf '%s\\n' "$*"; }
. "$HOOK"
`;
  const env = { ROOT: root, HOOK, WORDS: argument };
  const { stdout } = await run([...argv, '-s'], { input: script, env, timeout: 20_000 });
  const said = (await readFile(join(root, 'dev/kmsg'), 'utf8')).split('\n').filter((line) => line !== '');
  return { said: said.map((line) => line.replace(/^<3>rackhand: /, '')), asked: stdout.trim() };
}

describe.each(SHELLS)('check of a medium (%s)', (_, argv) => {
  it('is silent when nobody asked', async () => {
    expect(await hook(argv, 'quiet')).toEqual({ said: [], asked: '' });
  });
  it('goes on with a whole medium', async () => {
    const { said, asked } = await hook(argv, 'rackhand.check');
    expect(said).toEqual([expect.stringMatching(/^checking this medium, \d+ MiB; /), 'this medium is whole']);
    expect(asked).toBe('');
  });
  it.each([
    ['a changed file', 'LiveOS/squashfs.img', 'the rOot'],
    ['a shortened file', 'LiveOS/squashfs.img', 'the'],
    ['a broken list', 'SHA256SUMS', 'nothing\n'],
  ])('does not start with %s', async (_what, file, text) => {
    await writeFile(join(root, 'run/initramfs/live', file), text);
    const { said, asked } = await hook(argv, 'rackhand.check');
    expect(said[1]).toMatch(
      file === 'SHA256SUMS' ? /DAMAGED: it cannot be read/ : /DAMAGED: \.\/LiveOS\/squashfs\.img: FAILED/,
    );
    expect(asked).toBe('--force reboot');
  });
  it('does not start without one of the files', async () => {
    await rm(join(root, 'run/initramfs/live/kernel'));
    const { said, asked } = await hook(argv, 'rackhand.check');
    expect(said[1]).toMatch(/DAMAGED: \.\/kernel: FAILED/);
    expect(asked).toBe('--force reboot');
  });
  it('has nothing to check where the image came over the network', async () => {
    await rm(join(root, 'run/initramfs/live'), { recursive: true });
    expect(await hook(argv, 'rackhand.check')).toEqual({
      said: ['this image did not come from a medium: nothing to check'],
      asked: '',
    });
  });
});
