import { readFile } from 'node:fs/promises';

/**
 * Who made a temporary folder, or which process is meant: "PID-STARTTIME". The start time (clock ticks since boot,
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
