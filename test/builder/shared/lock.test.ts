import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sweepLocks, tryLock, underFileLock, waitForLock } from '../../../builder/shared/lock.ts';
import { startDaemon } from '../../../builder/shared/process/daemon.ts';
import { killGroup, run } from '../../../builder/shared/process/run.ts';

const PROGRAM = [process.execPath, join(import.meta.dirname, 'lock-program.ts')];

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-lock-'));
  file = join(folder, 'lock');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('an exclusive lock', () => {
  it('has one holder at a time, and nothing stays of it', async () => {
    const counter = join(folder, 'counter');
    await writeFile(counter, '0');
    await Promise.all(
      [1, 2, 3].map(() => run([...PROGRAM, 'count', file, counter, '80'], { timeout: 20_000 })),
    );
    expect(await readFile(counter, 'utf8')).toBe('240');
    expect(await readdir(folder)).toEqual(['counter']);
  }, 20_000);

  it('of a process that was killed is free, whatever programs it started', async () => {
    const holder = startDaemon([...PROGRAM, 'hold', file], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [said] = await once(holder.child.stdout!, 'data');
    const program = Number(said);
    try {
      expect(await tryLock(file, 'exclusive')).toBeUndefined();
      await sweepLocks(folder);
      expect(existsSync(file)).toBe(true);
      holder.child.kill('SIGKILL');
      await holder.exited;
      expect(existsSync(`/proc/${program}`)).toBe(true);
      await sweepLocks(folder);
      expect(existsSync(file)).toBe(false);
      const lock = await tryLock(file, 'exclusive');
      expect(lock).toBeDefined();
      await lock!.release();
    } finally {
      await holder.stop();
      killGroup(program, 'SIGKILL');
    }
  });

  it('is waited for, and the holder is named once', async () => {
    const held = await waitForLock(file, 'exclusive');
    const told: string[] = [];
    const onWait = (holder: string) => {
      told.push(holder);
      setImmediate(() => setImmediate(() => void held.release()));
    };
    expect(await underFileLock(file, { onWait, pause: 1 }, async () => 'worked')).toBe('worked');
    expect(told).toEqual([`process ${process.pid}`]);
  });

  it('is given back when the work fails; a wait that is cancelled takes nothing', async () => {
    await expect(underFileLock(file, {}, () => Promise.reject(new Error('broke')))).rejects.toThrow('broke');
    const held = await waitForLock(file, 'exclusive');
    const stopping = new AbortController();
    const waiting = { onWait: () => stopping.abort(), signal: stopping.signal };
    await expect(waitForLock(file, 'exclusive', waiting)).rejects.toMatchObject({ name: 'AbortError' });
    await held.release();
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('a shared lock', () => {
  it('has several holders, and bars an exclusive one until the last has let go', async () => {
    const [one, two] = [await waitForLock(file, 'shared'), await waitForLock(file, 'shared')];
    expect(await tryLock(file, 'exclusive')).toBeUndefined();
    await one.release();
    expect(await tryLock(file, 'exclusive')).toBeUndefined();
    expect(existsSync(file)).toBe(true);
    await two.release();
    expect(existsSync(file)).toBe(false);
    const alone = await tryLock(file, 'exclusive');
    expect(await tryLock(file, 'shared')).toBeUndefined();
    await alone!.release();
  });
});
