import { readFileSync } from 'node:fs';

/** Clock ticks of /proc/PID/stat in a second: USER_HZ, the same on every Linux that Node runs on. */
const TICKS = 100;

/** CPU seconds that a process has used so far in all of its threads, those that ended too (proc_pid_stat(5)). */
export function cpuSeconds(pid: number): number {
  return parseCpuTicks(readFileSync(`/proc/${pid}/stat`, 'utf8')) / TICKS;
}

/** utime + stime, fields 14 and 15; the name in field 2 may hold blanks and parentheses. */
export function parseCpuTicks(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

/** Bytes of memory that a process has resident. */
export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) * 1024;
}
