import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncDirectory, writeFileAtomic } from '../../builder/shared/atomic.ts';
import { errno } from '../../builder/shared/errors.ts';
import { newDuid, readDuid } from './duid.ts';

/** The DUID of this server, made once and kept: clients renew with the server that has it (RFC 8415 section 11). */
export async function serverIdentifier(path: string): Promise<Buffer> {
  const kept = await readFile(path, 'latin1').catch((error) => {
    if (errno(error) === 'ENOENT') return '';
    throw error;
  });
  const bytes = Buffer.from(kept.trim(), 'hex');
  if (readDuid(bytes)) return bytes;
  const made = newDuid();
  await writeFileAtomic(path, `${made.toString('hex')}\n`, 0o600);
  await syncDirectory(dirname(path));
  return made;
}
