import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { errno, RackhandError } from '../shared/errors.ts';

/** Where an image lies: a folder, or an address that serves one. */
export interface ImageSource {
  /** For people. */
  where: string;
  /** The path of a file, where there are paths. */
  path?: (file: string) => string;
  /**
   * The pieces of a file, in order; undefined when there is none of that name.
   * @throws RackhandError image-unreachable
   */
  open(file: string): Promise<AsyncIterable<Uint8Array> | undefined>;
}

/** Milliseconds until an answer begins, and between two pieces of it. */
const PATIENCE_MS = 30_000;

/** Addresses that one answer may lead to. */
const REDIRECTS = 5;

export function folderSource(folder: string): ImageSource {
  const path = (file: string) => join(folder, file);
  return {
    ...{ where: folder, path },
    async open(file) {
      try {
        return (await open(path(file), 'r')).createReadStream({ highWaterMark: 1 << 20 });
      } catch (cause) {
        if (errno(cause) === 'ENOENT') return undefined;
        throw new RackhandError(
          'image-unreachable',
          `${path(file)} cannot be read (${errno(cause)})`,
          'look at its owner and mode',
          { cause },
        );
      }
    },
  };
}

/** An image's folder by HTTP(S): the service's /images/ID, or the same files on any server. */
export function urlSource(address: string, signal?: AbortSignal, patience = PATIENCE_MS): ImageSource {
  const base = address.replace(/\/+$/, '');
  return {
    where: base,
    async open(file) {
      const url = new URL(`${base}/${file}`);
      const stall = new AbortController();
      const both = signal ? AbortSignal.any([signal, stall.signal]) : stall.signal;
      const timer = setTimeout(() => stall.abort(), patience);
      try {
        const answer = await get(url, both);
        if (answer.status === 404 || answer.status === 410) {
          clearTimeout(timer);
          await answer.body?.cancel();
          return undefined;
        }
        assertPlain(answer, url);
        return pieces(answer, url, timer, patience);
      } catch (cause) {
        clearTimeout(timer);
        signal?.throwIfAborted();
        if (cause instanceof RackhandError) throw cause;
        throw unreachable(url, reasonOf(cause, stall.signal, patience), cause);
      }
    },
  };
}

/** The first bytes of a file, one more than `most` where it is longer. */
export async function readUpTo(source: ImageSource, file: string, most: number): Promise<Buffer | undefined> {
  const pieces = await source.open(file);
  if (!pieces) return undefined;
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    parts.push(piece);
    bytes += piece.length;
    if (bytes > most) break;
  }
  return Buffer.concat(parts).subarray(0, most + 1);
}

/** @throws RackhandError image-unreachable when the file is longer than `most` bytes */
export async function readWhole(
  source: ImageSource,
  file: string,
  most: number,
): Promise<Buffer | undefined> {
  const bytes = await readUpTo(source, file, most);
  if (bytes === undefined || bytes.length <= most) return bytes;
  const mend = `look at what is there: no image has a ${file} of that size`;
  throw new RackhandError('image-unreachable', `${source.where}/${file} has more than ${most} bytes`, mend);
}

/** Follows to other addresses of the same server only: whoever names a server does not mean another one. */
async function get(url: URL, signal: AbortSignal): Promise<Response> {
  let at = url;
  for (let hops = 0; hops <= REDIRECTS; hops++) {
    // Bytes as they are: a server that packs them once more would give others than were signed.
    const headers = { 'accept-encoding': 'identity' };
    const answer = await fetch(at, { signal, redirect: 'manual', headers });
    const target = answer.headers.get('location');
    if (answer.status < 300 || answer.status > 399 || target === null) return answer;
    await answer.body?.cancel();
    const next = new URL(target, at);
    if (next.origin !== url.origin)
      throw unreachable(url, `it leads to another server, ${next.origin}; name that one if you mean it`);
    at = next;
  }
  throw unreachable(url, `it leads from one address to another ${REDIRECTS} times`);
}

function assertPlain(answer: Response, url: URL): void {
  const encoding = answer.headers.get('content-encoding') ?? 'identity';
  if (!answer.ok || !answer.body) throw unreachable(url, `the server answers ${answer.status}`);
  if (encoding !== 'identity') throw unreachable(url, `the server changes the file on the way (${encoding})`);
}

async function* pieces(
  answer: Response,
  url: URL,
  timer: NodeJS.Timeout,
  patience: number,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of answer.body!) {
      timer.refresh();
      yield piece;
      timer.refresh();
    }
  } catch (cause) {
    throw unreachable(url, reasonOf(cause, undefined, patience), cause);
  } finally {
    clearTimeout(timer);
  }
}

function reasonOf(cause: unknown, stalled: AbortSignal | undefined, patience: number): string {
  const name = (cause as Error | undefined)?.name;
  if (stalled?.aborted || name === 'AbortError' || name === 'TimeoutError')
    return `no answer for ${patience / 1000} s`;
  const inner = (cause as { cause?: unknown }).cause ?? cause;
  return errno(inner) ?? (inner as Error).message;
}

function unreachable(url: URL, why: string, cause?: unknown): RackhandError {
  const mend = 'look at the address and at the server; nothing can be said of the image';
  return new RackhandError('image-unreachable', `${url.href} cannot be read: ${why}`, mend, { cause });
}
