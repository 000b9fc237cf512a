import { RackhandError } from '../shared/errors.ts';
import { run } from '../shared/process/run.ts';
import { readerSandbox } from '../shared/process/sandbox.ts';
import type { Verification } from './verify.ts';

export interface Listed {
  kind: 'file' | 'directory' | 'link' | 'other';
  /** Bytes of a file, else 0. */
  size: number;
}

/** Path from the root → what is there. */
export type Listing = Map<string, Listed>;

/** Everything in the root's squashfs; undefined, with a fault, when it cannot be listed. */
export async function listImage(
  file: string | undefined,
  report: Verification,
): Promise<Listing | undefined> {
  const fault = (what: string) =>
    void report.faults.push({ code: 'root-unreadable', what, mend: 'build the image again with --force' });
  if (file === undefined) return fault('the manifest names no rootfs');
  const need = 'unsquashfs (package squashfs-tools) lists the root';
  try {
    const { stdout } = await run(readerSandbox(['unsquashfs', '-lln', file], file), { need });
    return parseListing(stdout);
  } catch (error) {
    if (!(error instanceof RackhandError) || error.code !== 'command-failed') throw error;
    return fault(`the root cannot be listed: ${error.message.split('\n').at(-1)?.trim()}`);
  }
}

const KINDS: Record<string, Listed['kind']> = { '-': 'file', d: 'directory', l: 'link' };
const LINE = /^([-dlcbps])\S{9} +\S+ +(\d+(?:, *\d+)?) +\S+ \S+ squashfs-root(?:\/(.+))?$/;

/**
 * Lines of `unsquashfs -lln`: "-rw-r--r-- 0/0 58 2025-01-01 00:00 squashfs-root/etc/hosts", with major and minor in
 * place of the size for devices, and " -> " before the target of a link.
 * @throws RackhandError command-failed on any other line
 */
export function parseListing(output: string): Listing {
  const listing: Listing = new Map();
  for (const line of output.split('\n')) {
    if (line === '') continue;
    const [, letter, size, shown] = LINE.exec(line) ?? [];
    if (letter === undefined || size === undefined)
      throw new RackhandError('command-failed', `unsquashfs says ${line.slice(0, 200)}`, 'look at the image');
    if (shown === undefined) continue;
    const kind = KINDS[letter] ?? 'other';
    const path = kind === 'link' ? shown.slice(0, shown.indexOf(' -> ')) : shown;
    listing.set(path, { kind, size: kind === 'file' ? Number(size) : 0 });
  }
  return listing;
}
