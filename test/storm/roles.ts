import { readdirSync, readFileSync } from 'node:fs';
import type { RoleName } from '../../pxe-server/roles/messages.ts';
import { cpuSeconds, residentBytes } from '../bench/dhcp/process-stat.ts';

export const ROLES = ['dhcp', 'boot', 'control', 'keyholder'] as const satisfies readonly RoleName[];

/** Process id of a role that runs now, as the launcher's child; undefined while it is started again. */
export function rolePid(launcher: number, role: RoleName): number | undefined {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => isRole(pid, launcher, role));
}

/** CPU seconds of the launcher and of all roles so far; programs that they start do not count. */
export function serviceCpu(launcher: number): number {
  return [launcher, ...pids(launcher).values()].reduce((sum, pid) => sum + cpuSeconds(pid), 0);
}

/** Bytes resident by role, the launcher among them. */
export function serviceMemory(launcher: number): Record<string, number> {
  const all = [['launcher', launcher] as const, ...pids(launcher)];
  return Object.fromEntries(all.map(([name, pid]) => [name, residentBytes(pid)]));
}

function pids(launcher: number): Map<RoleName, number> {
  const found = ROLES.map((role) => [role, rolePid(launcher, role)] as const);
  return new Map(found.flatMap(([role, pid]) => (pid === undefined ? [] : [[role, pid] as const])));
}

function isRole(pid: number, launcher: number, role: RoleName): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    return parent === launcher && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`/roles/${role}.ts`);
  } catch {
    return false; // ended while it was looked at
  }
}
