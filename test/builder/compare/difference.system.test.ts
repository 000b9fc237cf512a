import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Compared, firstDifference, renderDifference } from '../../../builder/compare/difference.ts';
import type { ArtifactRole } from '../../../builder/contract/manifest.ts';
import { sha256 } from '../../../builder/shared/ids.ts';
import { run } from '../../../builder/shared/process/run.ts';
import type { Contents } from '../../../builder/strip/contents.ts';
import { manifest } from '../../shared/manifest.ts';
import { cpio } from './archive.ts';

// What differs between two images that ought to be the same is named: with the real mksquashfs, xz and xorriso.

const contents: Contents = {
  ...{ schema: 1, rules: [], packages: ['bash', 'setup'] },
  paths: ['etc/hosts', 'usr/bin/bash'].map((path, at) => ({
    ...{ path, kind: 'file' as const, size: 1, owners: [1 - at], keep: true, why: 'unnamed' as const },
  })),
};

let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'rackhand-compare-'));
});
afterAll(() => rm(base, { recursive: true, force: true }));

let at = 0;
let root: string;
beforeEach(async () => {
  root = join(base, `root-${at}`);
  await mkdir(join(root, 'etc'), { recursive: true });
  await mkdir(join(root, 'usr/bin'), { recursive: true });
  await writeFile(join(root, 'etc/hosts'), 'hosts');
  await writeFile(join(root, 'usr/bin/bash'), 'bash');
});

/** An image of these files. */
async function image(files: Partial<Record<ArtifactRole, Buffer>>): Promise<Compared> {
  const folder = join(base, `image-${at++}`);
  await mkdir(folder);
  const artifacts = [];
  for (const [role, bytes] of Object.entries(files) as [ArtifactRole, Buffer][]) {
    await writeFile(join(folder, role), bytes);
    artifacts.push({ role, file: role, size: bytes.length, sha256: sha256(bytes) });
  }
  return { folder, manifest: { ...manifest({}), artifacts, evidence: [] }, contents };
}

async function squashed(): Promise<Buffer> {
  const file = join(base, `squash-${at++}`);
  const argv = ['mksquashfs', root, file, '-no-progress', '-noappend', '-comp', 'zstd', '-all-root'];
  await run(argv, { env: { SOURCE_DATE_EPOCH: '1700000000' } });
  return readFile(file);
}

const told = async (a: Compared, b: Compared) => renderDifference(await firstDifference(a, b, base));

describe('of the root', () => {
  it.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'the content of a file',
      () => writeFile(join(root, 'etc/hosts'), 'HOSTS'),
      /^first difference: rootfs, byte \d+: etc\/hosts of package setup: content$/,
    ],
    [
      'a mode',
      () => run(['chmod', '4755', join(root, 'usr/bin/bash')]),
      /: usr\/bin\/bash of package bash: -rw-r--r-- 0\/0 4 .* in the first, -rwsr-xr-x 0\/0 4 .* in the second$/,
    ],
    ['a file more', () => writeFile(join(root, 'etc/a b'), ''), /: etc\/a b: only in the second$/],
    [
      'a file less',
      () => rm(join(root, 'usr/bin/bash')),
      /: usr\/bin\/bash of package bash: only in the first$/,
    ],
  ])('%s', async (_, change, expected) => {
    const before = await image({ rootfs: await squashed(), iso: Buffer.from('a') });
    await change();
    const after = await image({ rootfs: await squashed(), iso: Buffer.from('b') });
    expect(await told(before, after)).toMatch(expected);
  });
});

const initramfs = (bash: string, packer: 'zstd' | 'none' | 'early' = 'zstd') => {
  const main = cpio([
    { path: 'etc', mode: 0o40755 },
    { path: 'usr/bin/bash', mode: 0o100755, content: bash },
  ]);
  const early = cpio([
    { path: 'kernel/x86/microcode', mode: 0o100644, content: packer === 'early' ? 'y' : 'x' },
  ]);
  return Buffer.concat([early, Buffer.alloc(512), packer === 'none' ? main : zstdCompressSync(main)]);
};

describe('of the initramfs', () => {
  it('a member', async () => {
    const [a, b] = [
      await image({ initramfs: initramfs('bash') }),
      await image({ initramfs: initramfs('BASH') }),
    ];
    expect(await told(a, b)).toMatch(
      /^first difference: initramfs, byte \d+: usr\/bin\/bash of package bash: content$/,
    );
  });
  it('a member of what comes before it', async () => {
    const [a, b] = [
      await image({ initramfs: initramfs('a') }),
      await image({ initramfs: initramfs('a', 'early') }),
    ];
    expect(await told(a, b)).toMatch(/: kernel\/x86\/microcode: content$/);
  });
  it('packed by xz', async () => {
    const packed = async (bash: string) => {
      const file = join(base, `packed-${at++}`);
      await writeFile(file, cpio([{ path: 'usr/bin/bash', mode: 0o100755, content: bash }]));
      await run(['xz', '--check=crc32', file]);
      return image({ initramfs: await readFile(`${file}.xz`) });
    };
    expect(await told(await packed('x'), await packed('y'))).toMatch(
      /: usr\/bin\/bash of package bash: content$/,
    );
  });
  it('that nobody can read: its byte', async () => {
    const [a, b] = [
      await image({ initramfs: Buffer.from('abc') }),
      await image({ initramfs: Buffer.from('abd') }),
    ];
    expect(await told(a, b)).toBe('first difference: initramfs, byte 2');
  });
});

it('of a medium, the file that lies there', async () => {
  const medium = async (text: string) => {
    await mkdir(join(root, 'boot'), { recursive: true });
    await writeFile(join(root, 'boot/grub.cfg'), text.repeat(1000));
    const file = join(base, `iso-${at++}`);
    // The two are made in different seconds now and then.
    const dates = ['--set_all_file_dates', '=1700000000'];
    const argv = ['xorriso', '-as', 'mkisofs', '-R', ...dates, '-o', file, root];
    await run(argv, { env: { SOURCE_DATE_EPOCH: '1700000000' } });
    return image({ iso: await readFile(file) });
  };
  const [a, b] = [await medium('set timeout=1\n'), await medium('set timeout=3\n')];
  expect(await told(a, b)).toMatch(
    /^first difference: iso, byte \d+: boot\/grub.cfg: content, from its byte 12$/,
  );
});

it('an artifact that only one has, and nothing', async () => {
  const [a, b] = [await image({ kernel: Buffer.from('k') }), await image({})];
  expect(await told(a, b)).toBe('first difference: kernel, byte 0: only in one of them');
  await cp(a.folder, `${a.folder}-copy`, { recursive: true });
  expect(await told(a, { ...a, folder: `${a.folder}-copy` })).toMatch(/^every artifact .* is the same/);
});
