import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../shared/atomic.ts';
import { isOwnerAlive, ownerName } from '../../shared/owner.ts';
import { killGroup } from '../../shared/process/run.ts';

/**
 * Long-running processes of the lab, each leader of its own group, by name: one file each with process id and
 * start time, so that a later command ends exactly these and never another that got the same number.
 */
export class Processes {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = join(folder, 'processes');
  }

  async record(name: string, pid: number): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    await writeFileAtomic(join(this.#folder, name), await ownerName(pid));
  }

  /** Its process id while it runs. */
  async running(name: string): Promise<number | undefined> {
    const owner = await readFile(join(this.#folder, name), 'utf8').catch(() => '');
    return owner !== '' && (await isOwnerAlive(owner)) ? Number(owner.split('-')[0]) : undefined;
  }

  async names(): Promise<string[]> {
    return (await readdir(this.#folder).catch((): string[] => [])).filter((name) => !name.startsWith('.'));
  }

  /** SIGTERM to the group, SIGKILL after the grace time (milliseconds); gone when this resolves. */
  async end(name: string, grace: number): Promise<void> {
    const deadline = Date.now() + grace;
    for (let told = false; ; told = true) {
      const pid = await this.running(name);
      if (pid === undefined) break;
      if (Date.now() >= deadline) killGroup(pid, 'SIGKILL');
      else if (!told) killGroup(pid, 'SIGTERM');
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    await rm(join(this.#folder, name), { force: true });
  }
}
