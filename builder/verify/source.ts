import { constants, type FileHandle, open } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { resolve } from 'node:path';
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

const PATIENCE_MS = 30_000;

/** Addresses that one answer may lead to. */
const REDIRECTS = 5;

export function folderSource(folder: string): ImageSource {
  // Full: programs that read such a file see it in a sandbox, from a folder of their own.
  const path = (file: string) => resolve(folder, file);
  return {
    ...{ where: folder, path },
    open: async (file) => (await openFile(path(file)))?.createReadStream({ highWaterMark: 1 << 20 }),
  };
}

/** Undefined when there is nothing. Not blocking: a pipe that nobody writes to would never open (open(2)). */
async function openFile(path: string): Promise<FileHandle | undefined> {
  const fault = (what: string, mend: string, cause?: unknown) =>
    new RackhandError('image-unreachable', `${path} ${what}`, mend, { cause });
  const opened = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause) => {
    if (errno(cause) === 'ENOENT') return undefined;
    throw fault(`cannot be read (${errno(cause)})`, 'look at its owner and mode', cause);
  });
  if (!opened || (await opened.stat()).isFile()) return opened;
  await opened.close();
  throw fault('is no file', 'get the image again from where it came: an image is files');
}

export interface UrlOptions {
  /** Milliseconds until an answer begins, and between two pieces of it. */
  patience?: number;
  signal?: AbortSignal;
}

/** An image's folder by HTTP(S): the service's /images/ID, or the same files on any server. */
export function urlSource(address: string, options: UrlOptions = {}): ImageSource {
  const { patience = PATIENCE_MS, signal } = options;
  const base = address.replace(/\/+$/, '');
  return {
    where: base,
    async open(file) {
      const url = new URL(`${base}/${file}`);
      const stall = new AbortController();
      const timer = setTimeout(() => stall.abort(), patience);
      const both = signal ? AbortSignal.any([signal, stall.signal]) : stall.signal;
      const fault = (cause: unknown) => {
        clearTimeout(timer);
        if (cause instanceof RackhandError) return cause;
        if (signal?.aborted)
          return new RackhandError('cancelled', 'the verification was cancelled', 'run it again');
        const why = stall.signal.aborted ? `no answer for ${patience / 1000} s` : undefined;
        return unreachable(url, why ?? errno(cause) ?? (cause as Error).message, cause);
      };
      try {
        const answer = await get(url, both);
        if (isWhole(answer, url)) return pieces(answer, timer, fault);
        clearTimeout(timer);
        return undefined;
      } catch (cause) {
        throw fault(cause);
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
async function get(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  let at = url;
  for (let hops = 0; hops <= REDIRECTS; hops++) {
    const answer = await ask(at, signal);
    const { statusCode = 0, headers } = answer;
    if (statusCode < 300 || statusCode > 399 || headers.location === undefined) return answer;
    answer.destroy();
    if (!URL.canParse(headers.location, at.href)) throw unreachable(url, 'it leads to no address');
    const next = new URL(headers.location, at);
    if (next.origin !== url.origin)
      throw unreachable(url, `it leads to another server, ${next.origin}; name that one if you mean it`);
    at = next;
  }
  throw unreachable(url, `it leads from one address to another ${REDIRECTS} times`);
}

/** Not fetch: that of Node 24 ends the process when a server closes while nobody reads (nodejs/undici issue 5360). */
function ask(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  // Bytes as they are: a server that packs them once more would give others than were signed.
  const options = { signal, headers: { 'accept-encoding': 'identity' } };
  return new Promise((resolve, reject) => {
    const asked =
      url.protocol === 'https:' ? httpsRequest(url, options, resolve) : httpRequest(url, options, resolve);
    asked.on('error', reject).end();
  });
}

/** @returns false when there is no such file @throws RackhandError image-unreachable */
function isWhole(answer: IncomingMessage, url: URL): boolean {
  const { statusCode, headers } = answer;
  const encoding = headers['content-encoding'] ?? 'identity';
  if (statusCode === 200 && encoding === 'identity') return true;
  answer.destroy();
  if (statusCode === 404 || statusCode === 410) return false;
  if (statusCode !== 200) throw unreachable(url, `the server answers ${statusCode}`);
  throw unreachable(url, `the server changes the file on the way (${encoding})`);
}

async function* pieces(
  answer: IncomingMessage,
  timer: NodeJS.Timeout,
  fault: (cause: unknown) => RackhandError,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of answer) {
      timer.refresh();
      yield piece;
      timer.refresh();
    }
  } catch (cause) {
    throw fault(cause);
  } finally {
    clearTimeout(timer);
  }
}

function unreachable(url: URL, why: string, cause?: unknown): RackhandError {
  const mend = 'look at the address and at the server; nothing can be said of the image';
  return new RackhandError('image-unreachable', `${url.href} cannot be read: ${why}`, mend, { cause });
}
