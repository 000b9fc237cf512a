import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The process that has a local port open, from /proc; undefined when it cannot be seen. */
export function portHolder(protocol: 'udp' | 'tcp', port: number): { pid: number; name: string } | undefined {
  const inodes = new Set([protocol, `${protocol}6`].flatMap((table) => inodesOf(table, port)));
  if (inodes.size === 0) return undefined;
  for (const pid of listing('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const fd of listing(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(link(`/proc/${pid}/fd/${fd}`))?.[1];
      if (inode && inodes.has(inode)) return { pid: Number(pid), name: programName(pid) };
    }
  }
  return undefined;
}

/** From the command line, since Node calls its main thread "MainThread"; a Rackhand is told as one. */
function programName(pid: string): string {
  const [program = '', ...rest] = text(`/proc/${pid}/cmdline`).split('\0');
  const main = rest.findIndex((argument) => argument.endsWith('/bin/main.ts'));
  if (main >= 0 && rest[main + 1] === 'serve') return 'rackhand serve';
  return program.split('/').at(-1) || text(`/proc/${pid}/comm`).trim();
}

/** Rows of /proc/net/{udp,tcp}: "sl local_address rem_address st … uid timeout inode …". */
function inodesOf(table: string, port: number): string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return text(`/proc/net/${table}`)
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(wanted))
    .flatMap((fields) => fields[9] ?? []);
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function listing(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
