import { copyFile, link } from 'node:fs/promises';
import { errno } from './errors.ts';

/** One more name for a file that nobody changes; a copy where it is on another file system. */
export async function copyOrLink(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (errno(error) !== 'EXDEV' && errno(error) !== 'EPERM' && errno(error) !== 'EMLINK') throw error;
    await copyFile(from, to);
  }
}
