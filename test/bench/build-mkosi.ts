import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../../builder/contract/manifest.ts';
import { run } from '../../builder/shared/process/run.ts';
import type { Mirror } from '../lab/mirror/mirror.ts';

/** mkosi of the distribution: installation and squashfs of the same packages; undefined where it is not installed. */
export async function mkosiTimes(
  folder: string,
  mirror: Mirror,
  { packages }: Manifest,
): Promise<{ seconds: number; detail: string } | undefined> {
  if (
    !(await access('/usr/bin/mkosi').then(
      () => true,
      () => false,
    ))
  )
    return undefined;
  const output = join(folder, 'mkosi');
  await rm(output, { recursive: true, force: true });
  await mkdir(output);
  const list = join(output, 'packages');
  await writeFile(list, packages.map(({ name }) => `${name}\n`).join(''));
  const script = join(import.meta.dirname, 'mkosi.sh');
  const argv = [script, mirror.keyFile, list, `file://${mirror.repository}`, output];
  const started = performance.now();
  try {
    await run(['unshare', '--mount', '--propagation', 'private', '--', ...argv]);
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n').slice(-3).join(' / ') : String(error);
    return { seconds: Number.NaN, detail: `failed: ${why.slice(0, 200)}` };
  }
  const { version } = await mkosiVersion();
  return { seconds: (performance.now() - started) / 1000, detail: `${version}; its own zstd setting` };
}

async function mkosiVersion(): Promise<{ version: string }> {
  return { version: (await run(['mkosi', '--version'])).stdout.trim() };
}
