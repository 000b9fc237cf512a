import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openCatalog } from '../../builder/catalog/catalog.ts';
import { startDaemon } from '../../builder/shared/process/daemon.ts';
import { killGroup, run } from '../../builder/shared/process/run.ts';
import { build } from '../../builder/worker/start.ts';
import { labFolder } from '../lab/folder.ts';
import { buildMirror } from '../lab/mirror/mirror.ts';
import { processesOf } from './left-behind.ts';

const ROUNDS = Number(process.env.RACKHAND_KILLS ?? 20);
const RECIPE = join(import.meta.dirname, '../../images/recipes/lab.yaml');
const CLI = join(import.meta.dirname, '../../bin/main.ts');
/** Takes as long as twenty builds. */
const LIMIT = 60 * 60_000;

let folder: string;
let variables: { mirror: string; key: string };
beforeAll(async () => {
  const mirror = await buildMirror({ folder: labFolder().mirror });
  variables = { mirror: mirror.repository, key: mirror.keyFile };
  folder = await mkdtemp('/var/tmp/rackhand-kill-');
}, LIMIT);
afterAll(() => rm(folder, { recursive: true, force: true }));

const full = process.env.RACKHAND_FULL === '1';

describe.runIf(full)(`a build of the lab image, killed at ${ROUNDS} random moments`, () => {
  it(
    'leaves no mount, loop device or process, nothing partial, and the next one succeeds',
    async () => {
      const [catalog, cache] = [join(folder, 'catalog'), join(folder, 'cache')];
      let longest = 0;
      const whole = async () => {
        const started = performance.now();
        const image = await build({
          recipe: RECIPE,
          catalog,
          cache,
          variables,
          force: true,
          progress: () => undefined,
        });
        longest = Math.max(longest, performance.now() - started);
        return image;
      };
      await whole();
      const loops = (await run(['losetup', '--list'])).stdout;
      const stages: string[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        // Every other round from nothing but packages, so that each stage has its turn.
        if (round % 2 === 0) await rm(join(cache, 'stages'), { recursive: true, force: true });
        stages.push(await killed(catalog, cache, Math.random() * longest * (round % 2 === 0 ? 1 : 0.3)));
        expect(await processesOf(folder)).toEqual([]);
        expect((await readFile('/proc/self/mounts', 'utf8')).includes(folder)).toBe(false);
        expect((await run(['losetup', '--list'])).stdout).toBe(loops);
        for (const {
          manifest: { id },
        } of await openCatalog(catalog).list()) {
          expect(await openCatalog(catalog).verify(id)).toEqual({ ok: true, faults: [] });
        }
      }
      process.stdout.write(`  killed in: ${stages.join(', ')}\n`);
      const image = await whole();
      expect((await openCatalog(catalog).verify(image.id)).ok).toBe(true);
      expect((await readdir(cache)).sort()).toEqual(['dnf', 'history.json', 'locks', 'stages', 'users']);
      for (const name of ['locks', 'users']) expect(await readdir(join(cache, name))).toEqual([]);
      for (const made of [join(cache, 'stages'), catalog])
        expect((await readdir(made)).filter((name) => name.startsWith('.'))).toEqual([]);
    },
    LIMIT,
  );
});

/** Starts the command, ends its whole group by SIGKILL after a while; gives the stage that it was in. */
async function killed(catalog: string, cache: string, milliseconds: number): Promise<string> {
  const set = Object.entries(variables).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  const argv = [
    process.execPath,
    CLI,
    'build',
    RECIPE,
    '--force',
    '--catalog',
    catalog,
    '--cache',
    cache,
    ...set,
  ];
  // The build's own process has no folder among its arguments: it is known by what it was started with.
  const env = { RACKHAND_KILLED: folder };
  const daemon = startDaemon(argv, { stdio: ['ignore', 'pipe', 'ignore'], env });
  let last = '';
  daemon.child.stdout?.on('data', (chunk: Buffer) => {
    last = /(\w+): [^\n]*\n$/.exec(chunk.toString('utf8'))?.[1] ?? last;
  });
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  killGroup(daemon.pid, 'SIGKILL');
  await daemon.exited;
  await vi.waitUntil(async () => (await processesOf(folder)).length === 0, { timeout: 10_000 });
  return last || 'start';
}
