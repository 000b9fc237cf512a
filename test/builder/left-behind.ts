import { readdir, readFile } from 'node:fs/promises';

/**
 * Command lines of the processes that work on a folder: it stands in their arguments, in the environment that they
 * were started with, or among the mounts that they have for themselves, as for a program of the root in its sandbox.
 */
export async function processesOf(folder: string): Promise<string[]> {
  const shared = (await mountsOf('self', folder)).map(device);
  const found: string[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    const [line, environment] = await Promise.all([textOf(pid, 'cmdline'), textOf(pid, 'environ')]);
    const own = (await mountsOf(pid, folder)).filter((mount) => !shared.includes(device(mount)));
    if (line.includes(folder) || environment.includes(folder) || own.length > 0)
      found.push(line.replaceAll('\0', ' ').trim());
  }
  return found;
}

async function mountsOf(pid: string, folder: string): Promise<string[]> {
  return (await textOf(pid, 'mountinfo')).split('\n').filter((line) => line.includes(folder));
}

/** proc_pid_mountinfo(5): the third field, "major:minor". */
function device(mount: string): string {
  return mount.split(' ')[2]!;
}

async function textOf(pid: string, name: string): Promise<string> {
  return readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
}
