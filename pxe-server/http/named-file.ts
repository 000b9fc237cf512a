import { type FileHandle, open } from 'node:fs/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { NamedFile } from '../boot/files.ts';
import { byteRange } from './ranges.ts';

/** Bytes read at once: larger pieces cost memory for each download, smaller ones speed. */
const PIECE = 1 << 20;

/**
 * One file of an image or an installer: whole, one range of it, or its size alone for HEAD (RFC 9110 sections 9.3.2, 13, 14).
 * Its tag is its digest, so it never changes under a download that is taken up again.
 * @param onDownload called before the first byte; what it returns is called at the end, with whether the file's last byte went out
 * @throws RackhandError image-damaged | installer-damaged when the file is not there in the size that it had
 */
export async function sendNamedFile(
  request: FastifyRequest,
  reply: FastifyReply,
  named: NamedFile,
  onDownload: (from: number) => (isToTheEnd: boolean) => void,
): Promise<FastifyReply> {
  const tag = `"${named.sha256.slice(0, 32)}"`;
  const { 'if-none-match': known, 'if-range': unchanged, range: asked } = request.headers;
  if (known !== undefined && names(known, tag)) return reply.code(304).header('etag', tag).send();
  const head = request.method === 'HEAD';
  const honoured = !head && (unchanged === undefined || unchanged === tag);
  const range = byteRange(honoured ? asked : undefined, named.size);
  if (!range) return reply.code(416).header('content-range', `bytes */${named.size}`).send();

  const file = await openWhole(named);
  const { start, end, partial } = range;
  if (partial) reply.code(206).header('content-range', `bytes ${start}-${end}/${named.size}`);
  reply.type('application/octet-stream').header('content-length', end - start + 1);
  reply.header('etag', tag).header('accept-ranges', 'bytes');
  if (head || end < start) {
    await file.close();
    return reply.send();
  }
  const onEnd = onDownload(start);
  reply.raw.once('close', () => onEnd(reply.raw.writableFinished && end === named.size - 1));
  return reply.send(file.createReadStream({ start, end, highWaterMark: PIECE }));
}

/** If-None-Match: a list of tags, each perhaps weak, or a star. */
function names(header: string, tag: string): boolean {
  const tags = header.split(',').map((text) => text.trim().replace(/^W\//, ''));
  return tags.includes(tag) || tags.includes('*');
}

async function openWhole({ path, size, damaged }: NamedFile): Promise<FileHandle> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (cause) {
    throw damaged(cause);
  }
  if ((await file.stat()).size === size) return file;
  await file.close();
  throw damaged();
}
