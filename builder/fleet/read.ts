import { readFile } from 'node:fs/promises';
import { Fleet } from '../contract/fleet.ts';
import { errno, RackhandError } from '../shared/errors.ts';

const MEND = 'rackhand hosts fleet writes such a file: { "hosts": [{ "name", "modaliases": [] }] }';

/** @throws RackhandError fleet-missing | fleet-invalid */
export async function readFleet(file: string): Promise<Fleet> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const what = errno(cause) === 'ENOENT' ? 'does not exist' : `cannot be read (${errno(cause)})`;
    throw new RackhandError('fleet-missing', `${file} ${what}`, MEND, { cause });
  }
  return parseFleet(text, file);
}

export function parseFleet(text: string, file: string): Fleet {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw new RackhandError('fleet-invalid', `${file}: ${(cause as Error).message}`, MEND, { cause });
  }
  const parsed = Fleet.safeParse(data);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.slice(0, 10).map(({ path, message }) => {
    return `${file}: ${path.map(String).join('.') || 'top level'}: ${message}`;
  });
  throw new RackhandError('fleet-invalid', faults.join('\n'), MEND);
}
