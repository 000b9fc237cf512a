import { join } from 'node:path';

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
