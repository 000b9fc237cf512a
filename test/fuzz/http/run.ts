import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { inspect } from 'node:util';
import type { Description } from '../../pxe-server/api/described.ts';
import { seeded } from '../../shared/random.ts';
import { heldBytes } from '../fuzz.ts';
import { type FuzzRequest, type Known, requestOf, routesOf } from './request.ts';

/** Something that answers HTTP, and a document of what. */
export interface Surface {
  name: string;
  description: Description;
  port: number;
  tls: boolean;
  known: Known;
  /** What is wrong with an answer; undefined: nothing. */
  fault(request: FuzzRequest, answer: FuzzAnswer): string | undefined;
  /** Errors that went to the log. */
  internal: readonly unknown[];
  /** Called now and then: what requests have made is not to grow for ever. */
  tidy(): Promise<void>;
  close(): Promise<void>;
}

export interface FuzzAnswer {
  status: number;
  type: string;
  body: string;
}

export interface HttpFuzzResult {
  requests: number;
  /** Answers by "METHOD template 2xx". */
  reached: Map<string, number>;
  /** Milliseconds of the slowest request, the best of several tries. */
  slowest: number;
  /** Bytes of memory held at the end more than after the first tenth. */
  growth: number;
  milliseconds: number;
}

/** Requests from one address: limits of how many there may be are not what is tried here. */
const FROM_ONE = 100;
const TIDY_EVERY = 250;
/** Milliseconds above which a request is tried again, and how often. */
const SLOW = 200;
const TRIES = 3;
/** Milliseconds after which a server has not answered. */
const SILENCE = 10_000;

/** @throws Error with the first request whose answer is wrong, as it can be made again */
export async function fuzzHttp(surface: Surface, seed: number, requests: number): Promise<HttpFuzzResult> {
  const random = seeded(seed);
  const routes = routesOf(surface.description);
  const result: HttpFuzzResult = { requests, reached: new Map(), slowest: 0, growth: 0, milliseconds: 0 };
  const started = performance.now();
  let settled = 0;
  let agent = agentOf(surface, 1);
  try {
    for (let number = 0; number < requests; number++) {
      if (number % FROM_ONE === 0) {
        agent.destroy();
        agent = agentOf(surface, 1 + number / FROM_ONE);
      }
      if (number % TIDY_EVERY === 0) await surface.tidy();
      if (number === Math.floor(requests / 10)) settled = heldBytes();
      const request = requestOf(routes, surface.known, random);
      const began = performance.now();
      const status = await checked(surface, agent, request, number);
      const milliseconds = performance.now() - began;
      if (milliseconds > SLOW)
        result.slowest = Math.max(
          result.slowest,
          await bestTime(milliseconds, () => send(surface, agent, request)),
        );
      const key = `${request.route.method} ${request.route.template} ${Math.floor(status / 100)}xx`;
      if (request.method === request.route.method)
        result.reached.set(key, (result.reached.get(key) ?? 0) + 1);
    }
    await surface.tidy();
    result.growth = heldBytes() - settled;
    result.milliseconds = performance.now() - started;
  } finally {
    agent.destroy();
  }
  return result;
}

async function checked(
  surface: Surface,
  agent: Agent,
  request: FuzzRequest,
  number: number,
): Promise<number> {
  const wrong = (why: string) => {
    const { method, path, headers, body } = request;
    const shown = `${method} ${path.slice(0, 500)} ${JSON.stringify(headers).slice(0, 300)} ${body?.toString('latin1').slice(0, 1000) ?? ''}`;
    return new Error(`${surface.name}, request ${number}: ${shown}\n${why}`);
  };
  let answer: FuzzAnswer;
  try {
    answer = await send(surface, agent, request);
  } catch (cause) {
    throw wrong(`no answer: ${(cause as Error).message}`);
  }
  const shown = `${answer.status} ${answer.type}: ${answer.body.slice(0, 500)}`;
  if (surface.internal.length > 0) {
    throw wrong(`${shown}\n${inspect(surface.internal[0], { depth: 4 })}`);
  }
  const why = surface.fault(request, answer);
  if (why !== undefined) throw wrong(`${shown}\n${why}`);
  return answer.status;
}

function agentOf({ tls }: Surface, number: number): Agent {
  const localAddress = `127.1.${(number >> 8) & 255}.${number & 255}`;
  const options = { keepAlive: true, maxSockets: 1, localAddress };
  return tls ? new TlsAgent({ ...options, rejectUnauthorized: false }) : new Agent(options);
}

function send(surface: Surface, agent: Agent, request: FuzzRequest): Promise<FuzzAnswer> {
  const { port, tls } = surface;
  const { method, path, headers, body } = request;
  const length = body ? { 'content-length': String(body.length) } : {};
  return new Promise((resolve, reject) => {
    const sent = (tls ? tlsRequest : httpRequest)(
      {
        ...{ host: '127.0.0.1', port, method, path, agent, timeout: SILENCE },
        headers: { ...headers, ...length },
      },
      (answer) => void heard(answer).then(resolve, reject),
    );
    sent.on('timeout', () => sent.destroy(new Error(`silence for ${SILENCE / 1000} s`)));
    sent.on('error', (error: NodeJS.ErrnoException) => {
      // The server had closed an idle connection just then: as any client, it asks once more (RFC 9112 9.3.1).
      if (sent.reusedSocket && error.code === 'ECONNRESET')
        send(surface, agent, request).then(resolve, reject);
      else reject(error);
    });
    sent.end(body);
  });
}

/** A stream that never ends has answered with its first word. */
async function heard(answer: IncomingMessage): Promise<FuzzAnswer> {
  const type = String(answer.headers['content-type'] ?? '');
  let body = '';
  for await (const chunk of answer) {
    body += String(chunk);
    if (type.startsWith('text/event-stream')) break;
  }
  return { status: answer.statusCode!, type, body };
}

async function bestTime(first: number, again: () => Promise<unknown>): Promise<number> {
  let best = first;
  for (let tries = 1; tries < TRIES; tries++) {
    const began = performance.now();
    await again();
    best = Math.min(best, performance.now() - began);
  }
  return best;
}
