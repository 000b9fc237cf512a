import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { type RequestOptions, request as requestTls } from 'node:https';

export interface HttpAnswer {
  status: number;
  /** Empty where bytes alone were counted. */
  body: string;
  retryAfter: number;
}

export interface HttpAsked {
  /** The machine's own address. */
  local: string;
  /** Counts them, and throws them away. */
  onBytes?: (count: number) => void;
  from?: number;
  post?: { token: string; body: object };
  /** PEM of the authority that the server must have its certificate from. */
  ca?: string;
}

/** Milliseconds without a byte. */
const PATIENCE = 20_000;

/** One request on a connection of its own. @throws Error when the connection ends before the answer does */
export function ask(url: string, asked: HttpAsked): Promise<HttpAnswer> {
  const { local, post, from, ca } = asked;
  const options: RequestOptions = {
    ...{ localAddress: local, agent: false, timeout: PATIENCE, method: post ? 'POST' : 'GET' },
    ...(url.startsWith('https:') ? (ca === undefined ? { rejectUnauthorized: false } : { ca }) : {}),
    headers: {
      ...(from ? { range: `bytes=${from}-` } : {}),
      ...(post ? { authorization: `Bearer ${post.token}`, 'content-type': 'application/json' } : {}),
    },
  };
  return new Promise((resolve, reject) => {
    const sent: ClientRequest = (url.startsWith('https:') ? requestTls : request)(url, options, (answer) => {
      hear(answer, asked).then(resolve, reject);
    });
    sent.on('timeout', () => sent.destroy(new Error(`no byte of ${url} for ${PATIENCE / 1000} s`)));
    sent.on('error', reject);
    sent.end(post ? JSON.stringify(post.body) : undefined);
  });
}

async function hear(answer: IncomingMessage, { onBytes }: HttpAsked): Promise<HttpAnswer> {
  const status = answer.statusCode!;
  let body = '';
  for await (const chunk of answer) {
    if (onBytes && status < 300) onBytes((chunk as Buffer).length);
    else body += String(chunk);
  }
  if (!answer.complete) throw new Error('the answer broke off');
  return { status, body, retryAfter: Number(answer.headers['retry-after'] ?? 0) };
}
