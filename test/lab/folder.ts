import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errno, RackhandError } from '../../builder/shared/errors.ts';

/** Everything the lab keeps between runs, outside the checkout so that clones share what is built. */
export interface LabFolder {
  root: string;
  mirror: string;
  cache: string;
  catalog: string;
  /** Of one run: rack state, service state, logs. */
  run: string;
}

export function labFolder(
  root = process.env.RACKHAND_LAB ?? '/var/tmp/rackhand-lab',
  run = 'run',
): LabFolder {
  return {
    root,
    mirror: join(root, 'mirror'),
    cache: join(root, 'cache'),
    catalog: join(root, 'catalog'),
    run: join(root, run),
  };
}

/** What says that a folder is a run's; RACKHAND_LAB may name any folder of this machine. */
const MARK = '.rackhand-run';
/** The record of a rack that is up does as well. */
const RECORD = 'rack.json';
const MEND = 'let RACKHAND_LAB name a folder of its own for the lab';

/** Passes a folder that is absent, empty, or a run's. @throws RackhandError lab-folder */
export async function assertRun(run: string): Promise<void> {
  const names = await readdir(run).catch((error): string[] => {
    if (errno(error) === 'ENOENT') return [];
    throw new RackhandError('lab-folder', `${run} cannot be read (${errno(error)})`, MEND, { cause: error });
  });
  if (names.length === 0 || names.includes(MARK) || names.includes(RECORD)) return;
  throw new RackhandError('lab-folder', `${run} holds files that no run of the lab has left there`, MEND);
}

/** The folder, emptied of what the last run left. @throws RackhandError lab-folder */
export async function freshRun(run: string): Promise<void> {
  await assertRun(run);
  await rm(run, { recursive: true, force: true });
  await mkdir(run, { recursive: true, mode: 0o755 });
  await writeFile(join(run, MARK), '');
}
