import { readFile } from 'node:fs/promises';
import { errno, RackhandError } from '../../builder/shared/errors.ts';
import type { Journal } from '../events/journal.ts';
import { parseHosts } from './import.ts';
import type { HostDeclaration } from './model.ts';
import type { Registry } from './registry.ts';

interface Books {
  registry: Registry;
  journal: Journal;
}

/**
 * Declares what has changed in the hosts file. Its fault is noted in the journal and given back: the service
 * goes on with the hosts that it has, since it may be the one thing by which the fault can be mended.
 */
export async function declareFromFile(
  path: string,
  { registry, journal }: Books,
): Promise<RackhandError | undefined> {
  try {
    await registry.declareAll(await readDeclarations(path), true);
    return undefined;
  } catch (fault) {
    if (!(fault instanceof RackhandError)) throw fault;
    const message = `the hosts file counts for nothing until the next start: ${fault.message}; ${fault.mend}`;
    await journal.record({ kind: 'service', severity: 'warning', hostId: null, mac: null, message });
    return fault;
  }
}

async function readDeclarations(path: string): Promise<HostDeclaration[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const what = `${path} cannot be read: ${errno(cause) ?? 'error'}`;
    throw new RackhandError('hosts-absent', what, 'correct the path or its permissions', { cause });
  }
  return parseHosts(text, path.endsWith('.csv') ? 'csv' : 'yaml', path);
}
