import { readFileSync, writeFileSync } from 'node:fs';
import { tryLock, underFileLock } from '../../../builder/shared/lock.ts';
import { startDaemon } from '../../../builder/shared/process/daemon.ts';

// A process that takes locks, for lock.test.ts.
const [what, file, counter, times] = process.argv.slice(2) as [string, string, string, string];
if (what === 'count') await count();
else await hold();

/** Reads a number, lets others run, and writes the next one. */
async function count(): Promise<void> {
  for (let round = 0; round < Number(times); round++) {
    await underFileLock(file, { pause: 1 }, async () => {
      const before = Number(readFileSync(counter, 'utf8'));
      await new Promise((resolve) => setImmediate(resolve));
      writeFileSync(counter, String(before + 1));
    });
  }
}

/** Has a lock and a program of its own until somebody ends it; says that program's process id. */
async function hold(): Promise<void> {
  if (!(await tryLock(file, 'exclusive'))) throw new Error('somebody else has the lock');
  const { pid } = startDaemon([process.execPath, '-e', 'setInterval(() => {}, 1000)']);
  process.stdout.write(`${pid}\n`);
  setInterval(() => undefined, 1000);
}
