import { run } from '../shared/process/run.ts';
import type { Within } from './difference.ts';

/** A medium with ISO 9660: files lie in one piece, at sectors. */

const SECTOR = 2048;

/** The file that a byte of the medium belongs to; undefined for what is between files. */
export async function fileAt(iso: string, offset: number): Promise<Within | undefined> {
  const argv = ['xorriso', '-indev', iso, '-find', '/', '-type', 'f', '-exec', 'report_lba', '--'];
  const { stdout } = await run(argv, { timeout: 60_000 });
  for (const line of stdout.split('\n')) {
    const [, lba, size, path] = /^File data lba: +\d+ , +(\d+) , +\d+ , +(\d+) , '(.*)'$/.exec(line) ?? [];
    const start = Number(lba) * SECTOR;
    if (path !== undefined && offset >= start && offset < start + Number(size))
      return { file: path.slice(1), what: `content, from its byte ${offset - start}` };
  }
  return undefined;
}
