import { isAbsolute, relative } from 'node:path';
import type { FastifyRequest } from 'fastify';
import type { NamedFile } from '../boot/files.ts';

/** Where nginx has the catalog, for itself alone (docs/nginx.conf). */
const LOCATION = '/rackhand-images/';

/**
 * Files of the catalog as nginx is told of them, when it was nginx that asked: from our own address, where it runs.
 * @param address of the endpoint
 */
export function handOver(
  address: string,
  catalog: string,
): (request: FastifyRequest, file: NamedFile) => string | undefined {
  return (request, { path }) => {
    const inside = relative(catalog, path);
    const isOurs = inside !== '' && !inside.startsWith('..') && !isAbsolute(inside);
    if (!isOurs || request.socket.remoteAddress !== address) return undefined;
    return LOCATION + inside.split('/').map(encodeURIComponent).join('/');
  };
}
