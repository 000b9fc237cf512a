import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import type { FastifyInstance } from 'fastify';

/**
 * Accepts connections for one application on several sockets that were opened and handed down. The
 * application's own server listens on the first: only a server that listens watches over requests that never
 * end and closes idle connections when it is closed, those of the other sockets included.
 */
export async function listenAll(app: FastifyInstance, descriptors: number[]): Promise<Server[]> {
  await app.ready();
  const [first, ...others] = descriptors;
  const servers: Server[] = [];
  const listen = async (server: Server, fd: number) => {
    server.listen({ fd });
    await once(server, 'listening');
    servers.push(server);
  };
  if (first !== undefined) await listen(app.server, first);
  for (const fd of others)
    await listen(
      createServer((socket) => void app.server.emit('connection', socket)),
      fd,
    );
  return servers;
}
