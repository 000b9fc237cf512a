import { link, readFile, unlink, writeFile } from 'node:fs/promises';
import { errno, RackhandError } from './errors.ts';

/**
 * Who made a temporary folder or holds a lock: "PID-STARTTIME". The start time (clock ticks since boot,
 * proc(5)) tells a process from a later one with the same number.
 */
export async function ownerName(pid = process.pid): Promise<string> {
  return `${pid}-${(await startTime(pid)) ?? 0}`;
}

export async function isOwnerAlive(owner: string): Promise<boolean> {
  const [pid, started] = owner.split('-').map(Number);
  return pid !== undefined && (await startTime(pid)) === started;
}

async function startTime(pid: number): Promise<number | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold blanks: fields count from its end; state is field 3, start time 22.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return /^[ZX]/.test(fields[0]!) ? undefined : Number(fields[19]);
  } catch {
    return undefined;
  }
}

/**
 * Takes a lock file, or takes it over when its holder is gone. Gives the release.
 * @throws RackhandError with the given code while another process holds it
 */
export async function takeLock(file: string, code: string, what: string): Promise<() => Promise<void>> {
  const owner = await ownerName();
  const mine = `${file}.${owner}`;
  await writeFile(mine, owner);
  try {
    for (let attempt = 0; attempt < 5; attempt++) {
      try {
        await link(mine, file); // atomic, and the file has its content from the start
        return async () => {
          if ((await readFile(file, 'utf8').catch(() => '')) === owner) await unlink(file);
        };
      } catch (error) {
        if (errno(error) !== 'EEXIST') throw error;
        const holder = await readFile(file, 'utf8').catch(() => '');
        if (holder !== '' && (await isOwnerAlive(holder))) {
          throw new RackhandError(
            code,
            `${what} (process ${holder.split('-')[0]})`,
            'wait for it to end, or stop it',
          );
        }
        await unlink(file).catch(() => undefined);
      }
    }
    throw new RackhandError(code, what, 'run the command again');
  } finally {
    await unlink(mine).catch(() => undefined);
  }
}
