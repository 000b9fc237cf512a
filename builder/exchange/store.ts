import { open } from 'node:fs/promises';
import { errno } from '../shared/errors.ts';
import type { Arrival } from './arrivals.ts';
import { invalid } from './tar.ts';

/** What becomes of a file that comes in. */

/** @throws RackhandError archive-invalid for more than that many bytes */
export async function readSmall({ file, pieces }: Arrival, most: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    parts.push(piece);
    bytes += piece.length;
    if (bytes > most) throw invalid(`its ${file} has more than ${most} bytes`);
  }
  return Buffer.concat(parts);
}

/** Exclusively: a name that comes twice is no image's. @throws RackhandError archive-invalid */
export async function store(
  { file, pieces }: Arrival,
  path: string,
  most: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const handle = await open(path, 'wx').catch((error) => {
    throw errno(error) === 'EEXIST' ? invalid(`it has ${file} in it twice`) : error;
  });
  try {
    let bytes = 0;
    for await (const piece of pieces) {
      signal?.throwIfAborted();
      bytes += piece.length;
      if (bytes > most) throw invalid(`its ${file} has more than ${most} bytes`);
      for (let at = 0; at < piece.length; ) at += (await handle.write(piece, at)).bytesWritten;
    }
  } finally {
    await handle.close();
  }
}

/** Nobody wants it: a server that sends it is told so. */
export async function passBy({ pieces }: Arrival): Promise<void> {
  for await (const _piece of pieces) break;
}
