import type { ServerResponse } from 'node:http';
import { Readable, type Writable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Segment } from './multipart.ts';
import { FileChangedError, isUnchanged, type OpenFile } from './open-file.ts';
import type { ByteRange } from './ranges.ts';
import type { Sender } from './sendfile/sender.ts';

/** Bytes read at once where Node sends: larger pieces cost memory for each download, smaller ones speed. */
const PIECE = 1 << 18;
/** Shorter parts of a file are read and sent by Node: handing a connection over costs more. */
const PUMPED_FROM = PIECE;

/** Bytes of answers that Node did not see pass, when the last of them has. */
const past = new WeakMap<ServerResponse, Promise<number>>();

/** Bytes of a body that went past Node; undefined where none do. Settles when the answer has ended, never rejects. */
export function bytesPast(response: ServerResponse): Promise<number> | undefined {
  return past.get(response);
}

/**
 * Sends the body of an answer whose head is set, and closes the file. Large parts go by sendfile(2) on a thread of
 * their own where the connection is in the clear; else through Node. A file that is written to meanwhile breaks the
 * connection: the client must not take what came for the whole.
 * @param onChanged told then: to the client it looks like any connection that breaks
 */
export async function sendBody(
  reply: FastifyReply,
  file: OpenFile,
  segments: readonly Segment[],
  sender: Sender | undefined,
  onChanged: (error: FileChangedError) => void,
): Promise<FastifyReply> {
  const { socket } = reply.raw; // null when the connection has ended
  const large = segments.some(isLarge);
  if (large && socket && sender?.takes(socket)) return pumped(reply, file, segments, sender, onChanged);
  const stream = Readable.from(pieces(file, segments), { objectMode: false, highWaterMark: PIECE });
  stream.on('error', (error) => error instanceof FileChangedError && onChanged(error));
  stream.on('close', () => void file.handle.close().catch(() => undefined));
  return reply.send(stream);
}

async function pumped(
  reply: FastifyReply,
  file: OpenFile,
  segments: readonly Segment[],
  sender: Sender,
  onChanged: (error: FileChangedError) => void,
): Promise<FastifyReply> {
  reply.hijack();
  const response = reply.raw;
  const socket = response.socket!;
  const { timeout } = socket;
  const { promise, resolve } = Promise.withResolvers<number>();
  past.set(response, promise);
  let bytes = 0;
  try {
    // Set one by one, they can be asked for afterwards.
    for (const [name, value] of Object.entries(reply.getHeaders())) response.setHeader(name, value ?? '');
    response.writeHead(reply.statusCode);
    response.flushHeaders();
    socket.setTimeout(0); // the sender sees to it: Node notices nothing of what moves
    for (const segment of segments) {
      if (!isLarge(segment)) {
        for await (const piece of pieces(file, [segment])) await written(response, piece);
        continue;
      }
      await written(socket, ''); // the kernel has all that Node had to write
      const { handle, ...facts } = file;
      const { bytes: sent, failure } = await sender.send(socket, { fd: handle.fd, ...facts, ...segment });
      bytes += sent;
      if (failure) throw failure === 'changed' ? new FileChangedError() : new Error(failure);
    }
    socket.setTimeout(timeout ?? 0);
    response.end();
  } catch (error) {
    if (error instanceof FileChangedError) onChanged(error);
    // At once, with what the kernel still holds for a client that takes nothing.
    socket.resetAndDestroy();
  } finally {
    resolve(bytes);
    await file.handle.close();
  }
  return reply;
}

function isLarge(segment: Segment): segment is ByteRange {
  return 'start' in segment && segment.end - segment.start >= PUMPED_FROM;
}

/** @throws when the connection breaks before */
function written(to: Writable, bytes: Buffer | ''): Promise<void> {
  return new Promise((resolve, reject) => {
    to.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}

/** @throws when the file has changed, before the last bytes of it are given */
async function* pieces(file: OpenFile, segments: readonly Segment[]): AsyncGenerator<Buffer> {
  for (const segment of segments) {
    if (!('start' in segment)) {
      yield segment;
      continue;
    }
    for (let at = segment.start; at < segment.end; ) {
      const piece = Buffer.allocUnsafe(Math.min(PIECE, segment.end - at));
      const { bytesRead } = await file.handle.read(piece, 0, piece.length, at);
      at += bytesRead;
      if (bytesRead === 0 || (at === segment.end && !(await isUnchanged(file)))) throw new FileChangedError();
      yield piece.subarray(0, bytesRead);
    }
  }
}
