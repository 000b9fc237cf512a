import { RackhandError } from '../../builder/shared/errors.ts';
import { type Message, messagesOf } from './event-source.ts';

export interface ApiClient {
  get(path: string): Promise<unknown>;
  post(path: string, body: unknown): Promise<unknown>;
  put(path: string, body: unknown): Promise<unknown>;
  patch(path: string, body: unknown): Promise<unknown>;
  delete(path: string): Promise<unknown>;
  /** A file. */
  download(path: string): Promise<Buffer>;
  /** Server-sent events until the server ends them. */
  follow(path: string): AsyncIterable<Message>;
}

/** Milliseconds for one call. */
const LIMIT_MS = 60_000;

/**
 * The REST API over fetch.
 * @throws RackhandError with the server's own code, message and mend; api-silent when nobody answers,
 * api-foreign when the answer is not Rackhand's
 */
export function apiClient(url: string, token: string): ApiClient {
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await request(url, method, path, token, body);
    const answer = await readAnswer(url, response);
    if (response.ok) return answer;
    throw refusal(url, response, answer);
  };
  const open = async (path: string, limit?: number): Promise<Response> => {
    const response = await request(url, 'GET', path, token, undefined, limit);
    if (response.ok) return response;
    throw refusal(url, response, await readAnswer(url, response));
  };
  return {
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    put: (path, body) => call('PUT', path, body),
    patch: (path, body) => call('PATCH', path, body),
    delete: (path) => call('DELETE', path),
    download: async (path) => Buffer.from(await (await open(path)).arrayBuffer()),
    async *follow(path) {
      const { body } = await open(path, 0);
      if (body) yield* messagesOf(body);
    },
  };
}

function refusal(url: string, response: Response, answer: unknown): RackhandError {
  const { code, message, mend } = answer as { code?: string; message?: string; mend?: string };
  if (code === undefined || message === undefined) return foreign(url, `status ${response.status}`);
  return new RackhandError(code, message, mend ?? '');
}

async function request(
  url: string,
  method: string,
  path: string,
  token: string,
  body: unknown,
  limit = LIMIT_MS,
): Promise<Response> {
  try {
    return await fetch(`${url.replace(/\/+$/, '')}/api/v1${path}`, {
      method,
      redirect: 'error', // the token must not wander to another address
      ...(limit > 0 ? { signal: AbortSignal.timeout(limit) } : {}),
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (cause) {
    const why = cause instanceof Error && cause.cause instanceof Error ? `: ${cause.cause.message}` : '';
    if (!/^https?:\/\//.test(url))
      throw new RackhandError(
        'api-silent',
        `${url} is no address of an API`,
        `write it as http://${url || 'ADDRESS:PORT'}`,
        { cause },
      );
    const mend = 'is rackhand serve running there? Name its address with --url or RACKHAND_URL';
    throw new RackhandError('api-silent', `no answer from ${url}${why}`, mend, { cause });
  }
}

async function readAnswer(url: string, response: Response): Promise<unknown> {
  try {
    const answer: unknown = await response.json();
    if (typeof answer === 'object' && answer !== null) return answer;
  } catch {
    // said below
  }
  throw foreign(url, `status ${response.status}, and no JSON`);
}

function foreign(url: string, what: string): RackhandError {
  const mend = 'name the address of the Rackhand API: --url or RACKHAND_URL';
  return new RackhandError('api-foreign', `${url} is not the Rackhand API: ${what}`, mend);
}
