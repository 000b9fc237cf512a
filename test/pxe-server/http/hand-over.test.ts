import type { FastifyRequest } from 'fastify';
import { expect, it } from 'vitest';
import type { NamedFile } from '../../../pxe-server/boot/files.ts';
import { handOver } from '../../../pxe-server/http/hand-over.ts';

it.each([
  ['/images/0a1b/rootfs.squashfs', '192.0.2.1', '/rackhand-images/0a1b/rootfs.squashfs'],
  ['/images/0a1b/a b%#?.img', '192.0.2.1', '/rackhand-images/0a1b/a%20b%25%23%3F.img'],
  ['/images/0a1b/rootfs.squashfs', '192.0.2.9', undefined],
  ['/images', '192.0.2.1', undefined],
  ['/images-other/x', '192.0.2.1', undefined],
  ['/srv/el9/vmlinuz', '192.0.2.1', undefined],
])('%s asked for by %s: %s', (path, remoteAddress, expected) => {
  const request = { socket: { remoteAddress } } as FastifyRequest;
  expect(handOver('192.0.2.1', '/images')(request, { path } as NamedFile)).toBe(expected);
});
