import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RackhandError } from '../../builder/shared/errors.ts';
import { type Offer, refuseUnbootable } from '../boot/offer.ts';
import { parseHosts } from '../hosts/import.ts';

/** Templates of a folder and its folders, by path below it. @throws RackhandError template-absent */
export async function readTemplates(folder: string): Promise<Map<string, string>> {
  const names = await readable(folder, 'template-absent', 'folder of kickstart templates', () =>
    readdir(folder, { recursive: true }),
  );
  const texts = new Map<string, string>();
  for (const name of names.filter((n) => n.endsWith('.njk')).sort()) {
    const path = join(folder, name);
    const text = await readable(path, 'template-absent', 'kickstart template', async () =>
      (await stat(path)).isFile() ? readFile(path, 'utf8') : undefined,
    );
    if (text !== undefined) texts.set(name, text);
  }
  return texts;
}

/**
 * Declared hosts as control will read them again; what they name must be there.
 * @throws RackhandError hosts-absent | hosts-invalid, naming file and line or host
 */
export async function checkHosts(path: string, offer: Offer): Promise<void> {
  const text = await readable(path, 'hosts-absent', 'hosts file', () => readFile(path, 'utf8'));
  for (const declaration of parseHosts(text, path.endsWith('.csv') ? 'csv' : 'yaml', path)) {
    try {
      refuseUnbootable(offer, declaration);
    } catch (cause) {
      if (!(cause instanceof RackhandError)) throw cause;
      throw new RackhandError('hosts-invalid', `${path}: ${cause.message}`, cause.mend, { cause });
    }
  }
}

async function readable<T>(path: string, code: string, what: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const why = (cause as Error).message;
    throw new RackhandError(
      code,
      `${what} ${path} cannot be read: ${why}`,
      'correct the path or its permissions',
      { cause },
    );
  }
}
