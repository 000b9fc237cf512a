import type { Socket } from 'node:net';
import * as c from './libc.ts';

/** linux/tcp.h: struct tcp_info, up to tcpi_bytes_acked (RFC 4898: ThruOctetsAcked), a u64 in our byte order. */
const TCP_INFO = 11;
const BYTES_ACKED = 120;
const info = Buffer.alloc(BYTES_ACKED + 8);

/**
 * Bytes that the other side of a connection has acknowledged since it was made; what waits in our buffers does not
 * count, however many megabytes that are. Undefined: it is closed, or no TCP.
 */
export function bytesAcknowledged(socket: Socket): number | undefined {
  const fd = descriptorOf(socket);
  if (fd === undefined) return undefined;
  const size = Uint32Array.of(info.length);
  if (c.getsockopt(fd, c.IPPROTO_TCP, TCP_INFO, info, size) !== 0 || size[0] !== info.length)
    return undefined;
  return Number(info.readBigUInt64LE(BYTES_ACKED));
}

/** Of a connection that is open, also of one under TLS; Node has no public name for it. */
export function descriptorOf(socket: Socket): number | undefined {
  if (socket.destroyed) return undefined;
  const { _handle: handle } = socket as unknown as { _handle: { fd?: unknown } | null };
  return typeof handle?.fd === 'number' && handle.fd >= 0 ? handle.fd : undefined;
}
