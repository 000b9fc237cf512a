import { stat, writeFile } from 'node:fs/promises';
import { writeFileAtomic } from './atomic.ts';
import { errno, RackhandError } from './errors.ts';

/**
 * Writes what a person asked for to the file that he named: whole or not at all. What is no file, such as /dev/stdout, is
 * written to and stays what it is.
 * @param option by which the file was named
 * @throws RackhandError output-unwritable
 */
export async function writeOutput(
  file: string,
  data: string | Uint8Array,
  { option = '--output', mode = 0o644 }: { option?: string; mode?: number } = {},
): Promise<void> {
  try {
    if (await isNoFile(file)) await writeFile(file, data);
    else await writeFileAtomic(file, data, mode);
  } catch (cause) {
    const why = errno(cause);
    if (why === undefined) throw cause;
    const what = why === 'EISDIR' ? `${file} is a folder` : `${file} cannot be written (${why})`;
    const mend = `name a file in a folder that can be written, with room: ${option} FILE`;
    throw new RackhandError('output-unwritable', what, mend, { cause });
  }
}

/** Something that has the name, and is no file: a rename onto it would put a file in the place of a device. */
export async function isNoFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => !found.isFile(),
    () => false,
  );
}
