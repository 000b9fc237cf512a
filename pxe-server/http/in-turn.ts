import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Requests of one connection that wait for the answer to an earlier one; whoever sends more is hung up. */
export const MOST_WAITING = 8;

interface Line {
  busy: boolean;
  waiting: [IncomingMessage, ServerResponse][];
}

/**
 * Handles the requests of a connection one after another, each when the kernel has taken the whole answer to the one
 * before it. Node handles all that a client has sent at once (pipelining, RFC 9112 section 9.3.2): two thousand in 64 KiB,
 * each with an answer, an open file, a timer, that wait for a client that reads nothing.
 */
export function takeInTurn(server: Server): void {
  const handlers = server.listeners('request') as RequestListener[];
  const lines = new WeakMap<Socket, Line>();

  const begin = (line: Line, request: IncomingMessage, response: ServerResponse) => {
    line.busy = true;
    response.once('close', () => next(line));
    if (request.headers.host === undefined && request.httpVersion === '1.1') {
      response.writeHead(400, { connection: 'close' }).end(); // RFC 9112 section 3.2
      return;
    }
    for (const handle of handlers) handle.call(server, request, response);
  };
  const next = (line: Line) => {
    line.busy = false;
    const first = line.waiting.shift();
    // What is left of a connection that ends has nobody to be answered to.
    if (first?.[0].socket.writable) begin(line, ...first);
  };
  const take: RequestListener = (request, response) => {
    const { socket } = request;
    if (socket.destroyed) return;
    const line = lines.get(socket) ?? { busy: false, waiting: [] };
    lines.set(socket, line);
    if (!line.busy) return begin(line, request, response);
    if (line.waiting.push([request, response]) <= MOST_WAITING) return;
    line.waiting = [];
    socket.destroy();
  };

  server.removeAllListeners('request');
  server.on('request', take);
  // Node answers these itself, in no turn: an expectation that we do not know is left out of account (RFC 9110 10.1.1).
  server.on('checkExpectation', take);
}
