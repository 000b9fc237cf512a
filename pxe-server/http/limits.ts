import type { Server } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { type ServiceTls, tlsOptions } from '../enrol/service-tls.ts';
import { takeInTurn } from './in-turn.ts';

/** Milliseconds: to greet by TLS, to send a request, to ask again on an open connection. */
const REQUEST_MS = 30_000;
const IDLE_MS = 30_000;
/** To take any byte of an answer. */
export const STALL_MS = 300_000;
/** How often it is looked for requests that never end. */
const LOOK_MS = 5000;
/** Connections of one server; further ones are closed at once. */
const MOST_CONNECTIONS = 16_384;

/** What Fastify is to be made with, so that no client of an HTTP server of ours is waited for without end. */
export function limits(tls?: ServiceTls) {
  const node = {
    headersTimeout: REQUEST_MS,
    connectionsCheckingInterval: LOOK_MS,
    requireHostHeader: false, // told in its turn, as all else
  };
  return {
    ...{ requestTimeout: REQUEST_MS, keepAliveTimeout: IDLE_MS, connectionTimeout: STALL_MS },
    http: node,
    ...(tls ? { https: { ...tlsOptions(tls), ...node, handshakeTimeout: REQUEST_MS } } : {}),
  };
}

/** What such a server holds for its clients is bounded. Called once, before it listens. */
export function bounded(app: FastifyInstance): void {
  app.server.maxConnections = MOST_CONNECTIONS;
  takeInTurn(app.server as Server);
}
