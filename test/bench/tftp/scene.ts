import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Link, makeLink } from '../../pxe-server/net/namespaces.ts';
import { makeRoughLink } from '../../pxe-server/net/rough-link.ts';

export const CLIENT = '198.51.100.9/24';
/** Bytes; the first by RACKHAND_BENCH_MB. */
export const FILES = {
  large: Number(process.env.RACKHAND_BENCH_MB ?? 64) << 20,
  megabyte: 1 << 20,
  small: 256 << 10,
  probe: 5,
};
export type FileName = keyof typeof FILES;

export interface Scene {
  /** Of the files, in a folder that every server may read. */
  files: string;
  work: string;
  /** Two namespaces joined without loss. */
  link: Link;
  /** Works on a far link, which is gone afterwards, or when the scene is removed. */
  withFarLink<T>(seed: number, work: (link: Link) => Promise<T>): Promise<T>;
  remove(): Promise<void>;
}

export async function makeScene(): Promise<Scene> {
  const work = await mkdtemp('/var/tmp/rackhand-bench-tftp-');
  const files = join(work, 'files');
  await mkdir(files);
  for (const folder of [work, files]) await chmod(folder, 0o755);
  for (const [name, size] of Object.entries(FILES)) {
    await writeFile(join(files, name), randomBytes(size));
    await chmod(join(files, name), 0o644);
  }
  const link = await makeLink(CLIENT);
  let far: Promise<Link> | undefined;
  const removeFar = async () => {
    const removed = far;
    far = undefined;
    await (await removed)?.remove();
  };
  return {
    ...{ files, work, link },
    async withFarLink(seed, measured) {
      far = makeFarLink(seed);
      try {
        return await measured(await far);
      } finally {
        await removeFar();
      }
    },
    async remove() {
      await removeFar();
      await link.remove();
      await rm(work, { recursive: true, force: true });
    },
  };
}

/** As a machine room at the other end of a country: each frame travels 20 ms, and one in 200 is lost. */
async function makeFarLink(seed: number): Promise<Link> {
  const link = await makeRoughLink({ lost: 0.5, doubled: 0, late: 0, delay: 20, seed });
  await link.client.run(['ip', 'address', 'add', CLIENT, 'brd', '+', 'dev', link.clientDevice]);
  return link;
}
