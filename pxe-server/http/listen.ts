import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** Accepts connections for one application on several sockets that were opened and handed down. */
export async function listenAll(app: FastifyInstance, descriptors: number[]): Promise<Server[]> {
  await app.ready();
  return Promise.all(
    descriptors.map(async (fd) => {
      const server = createServer((socket) => void app.server.emit('connection', socket));
      server.listen({ fd });
      await once(server, 'listening');
      return server;
    }),
  );
}
