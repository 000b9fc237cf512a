import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RackhandError } from '../../builder/shared/errors.ts';
import type { NamedFile } from '../boot/files.ts';
import { sendBody } from './body.ts';
import { conditions } from './conditions.ts';
import { contentRange, lengthOf, multipart, type Segment } from './multipart.ts';
import { openWhole } from './open-file.ts';
import { byteRanges } from './ranges.ts';
import type { Sender } from './sendfile/sender.ts';

/** Who sends the bytes of files. */
export interface Delivery {
  /** Absent: Node itself. */
  sender?: Sender | undefined;
  /** Where nginx, which asked for it, finds a file (X-Accel-Redirect); undefined: we send it. */
  handOver?: ((request: FastifyRequest, file: NamedFile) => string | undefined) | undefined;
}

const TYPE = 'application/octet-stream';

/**
 * One file of an image or an installer: whole, ranges of it, or its size alone for HEAD (RFC 9110 sections 9.3.2, 13, 14).
 * Its tag is its digest, so it never changes under a download that is taken up again.
 * @param onDownload called before the first byte; what it returns is called at the end, with whether the file's last byte went out
 * @param onDamaged told when the file is written to while it is sent: its client hears of nothing
 * @throws RackhandError image-damaged | installer-damaged when the file is not there in the size that it had
 */
export async function sendNamedFile(
  request: FastifyRequest,
  reply: FastifyReply,
  named: NamedFile,
  { sender, handOver }: Delivery,
  onDownload: (from: number) => (isToTheEnd: boolean) => void,
  onDamaged: (error: RackhandError) => void,
): Promise<FastifyReply> {
  const { size } = named;
  const isHead = request.method === 'HEAD';
  const elsewhere = handOver?.(request, named);
  const tag = `"${named.sha256.slice(0, 32)}"`;
  // Whoever sends the file has tags of his own.
  const condition = elsewhere === undefined ? conditions(request.headers, tag) : 'ranges';
  if (condition === 'failed') return reply.code(412).send();
  if (condition === 'not-modified') return reply.code(304).header('etag', tag).send();
  // Range is defined for GET alone (section 14.2).
  const ranges = isHead || condition === 'whole' ? 'whole' : byteRanges(request.headers.range, size);
  if (ranges === 'none' && elsewhere === undefined)
    return reply.code(416).header('content-range', `bytes */${size}`).send();

  const file = await openWhole(named);
  const first = typeof ranges === 'string' ? 0 : ranges[0]!.start;
  if (elsewhere !== undefined) {
    await file.handle.close();
    // Its end is nginx's: the machine's turn ends when nothing was heard of it for a while, or when it registers.
    if (!isHead) onDownload(first)(false);
    return reply.type(TYPE).header('x-accel-redirect', elsewhere).send();
  }
  reply.header('etag', tag).header('accept-ranges', 'bytes');
  const segments = answer(reply, ranges, size);
  reply.header('content-length', lengthOf(segments));
  if (isHead || size === 0) {
    await file.handle.close();
    return reply.send();
  }
  // It went while the file was opened: of its answer no end would be told.
  if (request.raw.socket.destroyed) {
    await file.handle.close();
    return reply.hijack();
  }
  const onEnd = onDownload(first);
  const end = isLast(segments, size);
  reply.raw.once('close', () => onEnd(reply.raw.writableFinished && end));
  return sendBody(reply, file, segments, sender, (cause) => onDamaged(named.damaged(cause)));
}

function isLast(segments: readonly Segment[], size: number): boolean {
  return segments.some((one) => 'start' in one && one.end === size);
}

/** Sets status, type and range of an answer. @returns its body */
function answer(reply: FastifyReply, ranges: ReturnType<typeof byteRanges>, size: number): Segment[] {
  if (typeof ranges === 'string') {
    reply.type(TYPE);
    return [{ start: 0, end: size }];
  }
  reply.code(206);
  if (ranges.length === 1) {
    reply.type(TYPE).header('content-range', contentRange(ranges[0]!, size));
    return ranges;
  }
  const boundary = randomBytes(12).toString('hex');
  reply.type(`multipart/byteranges; boundary=${boundary}`);
  return multipart(ranges, { size, type: TYPE, boundary });
}
