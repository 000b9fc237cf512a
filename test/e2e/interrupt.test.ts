import { access, chmod, mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openCatalog } from '../../builder/catalog/catalog.ts';
import { startDaemon } from '../../builder/shared/process/daemon.ts';
import { run } from '../../builder/shared/process/run.ts';
import { labFolder } from '../lab/folder.ts';
import { labImage } from '../lab/image.ts';
import { buildMirror } from '../lab/mirror/mirror.ts';

// The demo, stopped at random moments of its build and of its boots, by every signal a person or a machine sends.

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const;
const ROUNDS = 8;
/** The first half of the rounds finds the image built: machines boot. The second half builds. Milliseconds. */
const MOMENTS = { boots: [8_000, 70_000], builds: [0, 90_000] } as const;
const LIMIT = 40 * 60_000;
const PROGRAM = join(import.meta.dirname, '../../bin/rackhand');

let root: string;
beforeAll(async () => {
  const { mirror } = labFolder();
  await buildMirror({ folder: mirror });
  root = await mkdtemp('/var/tmp/rackhand-interrupt-');
  await chmod(root, 0o755); // the service's accounts read images
  await run(['cp', '--archive', '--link', mirror, join(root, 'mirror')]);
  await labImage(labFolder(root), () => undefined);
}, LIMIT);
afterAll(() => rm(root, { recursive: true, force: true }));

describe.runIf(process.env.RACKHAND_FULL === '1')(`the demo, stopped at ${ROUNDS} random moments`, () => {
  it(
    'leaves no process, mount, loop device or network namespace',
    async () => {
      const before = await traces();
      const stopped: string[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const builds = round >= ROUNDS / 2;
        for (const made of builds ? ['cache/stages', 'catalog'] : [])
          await rm(join(root, made), { recursive: true, force: true });
        const [least, most] = builds ? MOMENTS.builds : MOMENTS.boots;
        const moment = least + Math.random() * (most - least);
        stopped.push(await stoppedDemo(SIGNALS[round % SIGNALS.length]!, moment));
        await vi
          .waitUntil(async () => (await traces()) === before, { timeout: 15_000 })
          .catch(() => undefined);
        expect(await traces(), stopped.at(-1)).toBe(before);
        await expectWholeImages();
      }
      process.stdout.write(`${stopped.map((line) => `  ${line}`).join('\n')}\n`);
    },
    LIMIT,
  );
});

/** Runs the demo for a while and sends it the signal; says which one and what the demo had said last. */
async function stoppedDemo(signal: NodeJS.Signals, milliseconds: number): Promise<string> {
  const demo = startDaemon([PROGRAM, 'lab', 'demo'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { RACKHAND_LAB: root },
  });
  let said = 'start';
  for (const stream of [demo.child.stdout, demo.child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      said = chunk.toString('utf8').trim().split('\n').at(-1) ?? said;
    });
  const early = await Promise.race([demo.exited, sleep(milliseconds)]);
  if (early) throw new Error(`the demo ended by itself (${early.code}): ${said}`);
  demo.child.kill(signal);
  const { code } = await demo.exited;
  if (signal !== 'SIGKILL') expect(code, `${signal} after: ${said}`).toBe(1);
  return `${signal} after ${(milliseconds / 1000).toFixed(0)} s: ${said}`;
}

/** Everything a lab could leave on this machine, as text to compare. */
async function traces(): Promise<string> {
  const namespaces = new Set<string>();
  const processes: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    namespaces.add(await readlink(`/proc/${pid}/ns/net`).catch(() => ''));
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (line.includes(root)) processes.push(line.replaceAll('\0', ' '));
  }
  namespaces.delete('');
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').length;
  const loops = (await run(['losetup', '--list', '--noheadings'])).stdout;
  const named = await readdir('/run/netns').catch(() => []);
  return JSON.stringify({ processes, mounts, loops, named, namespaces: [...namespaces].sort() }, null, 1);
}

/** What is in the catalog is whole, and nothing else is in it. */
async function expectWholeImages(): Promise<void> {
  const folder = join(root, 'catalog');
  if (
    !(await access(folder).then(
      () => true,
      () => false,
    ))
  )
    return;
  const catalog = openCatalog(folder);
  for (const {
    manifest: { id },
  } of await catalog.list())
    expect(await catalog.verify(id)).toEqual({ ok: true, faults: [] });
}
