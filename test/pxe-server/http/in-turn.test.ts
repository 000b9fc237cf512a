import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MOST_WAITING, takeInTurn } from '../../../pxe-server/http/in-turn.ts';

const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
const LAST = 'Connection: close\r\n';

let server: Server;
let socket: Socket;
/** Requests that were handled and are not answered yet. */
let open: { url: string; response: ServerResponse }[];

beforeEach(async () => {
  open = [];
  server = createServer({ requireHostHeader: false }, (request, response) => {
    open.push({ url: request.url!, response });
  });
  takeInTurn(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => undefined);
});
afterEach(() => {
  socket.destroy();
  server.closeAllConnections();
  server.close();
});

/** The only one that is at work, once it is this one. */
async function answer(url: string, body = url): Promise<void> {
  await expect.poll(() => open.map((one) => one.url)).toEqual([url]);
  open.pop()!.response.end(body);
}

describe('requests that are sent at once', () => {
  it('are handled one after another, and answered in their order', async () => {
    socket.write(get('/1') + get('/2') + get('/3', LAST));
    const heard = text(socket);
    await answer('/1');
    await answer('/2', 'x'.repeat(1 << 20));
    await answer('/3');
    expect((await heard).split(/HTTP\/1\.1 200 OK\r\n[\s\S]*?\r\n\r\n/)).toEqual([
      ...['', '/1', 'x'.repeat(1 << 20), '/3'],
    ]);
  });
  it('and those with bodies get each its own', async () => {
    const bodies: string[] = [];
    server.removeAllListeners('request');
    server.on('request', (request, response) => {
      void text(request).then((body) => response.end(String(bodies.push(body))));
    });
    takeInTurn(server);
    const post = (body: string, more = '') =>
      `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n${more}\r\n${body}`;
    socket.write(post('a'.repeat(200_000)) + post('b') + post('c'.repeat(200_000), LAST));
    await text(socket);
    expect(bodies.map((body) => body.length)).toEqual([200_000, 1, 200_000]);
  });
  it('do not hold up another connection', async () => {
    socket.write(get('/held') + get('/waits'));
    await expect.poll(() => open.length).toBe(1);
    const other = connect((server.address() as AddressInfo).port, '127.0.0.1');
    other.write(get('/other', LAST));
    await expect.poll(() => open.map(({ url }) => url)).toEqual(['/held', '/other']);
    open.pop()!.response.end('at once');
    expect(await text(other)).toMatch(/at once$/);
  });
  it('wait while a client does not read the answer to an earlier one', async () => {
    socket.pause();
    socket.write(get('/large') + get('/waits', LAST));
    await expect.poll(() => open.length).toBe(1);
    open.pop()!.response.end(Buffer.alloc(64 << 20));
    await setTimeout(300);
    expect(open).toEqual([]);
    const heard = text(socket);
    await answer('/waits', 'at last');
    expect(await heard).toMatch(/at last$/);
  });
});

describe('a connection with more than may wait', () => {
  it('is closed, and no more of it are handled', async () => {
    const all = Array.from({ length: 2000 }, (_, i) => get(`/${i}`)).join('');
    socket.resume().write(all);
    await once(socket, 'close');
    await setTimeout(50);
    expect(open.map(({ url }) => url)).toEqual(['/0']);
  });
  it('goes on with as many as may', async () => {
    const paths = Array.from({ length: MOST_WAITING + 1 }, (_, i) => `/${i}`);
    socket.write(paths.map((path, i) => get(path, i === MOST_WAITING ? LAST : '')).join(''));
    const heard = text(socket);
    for (const path of paths) await answer(path);
    expect((await heard).match(/HTTP\/1\.1 200/g)).toHaveLength(MOST_WAITING + 1);
  });
});

it('what waits on a connection that breaks is never handled', async () => {
  socket.write(get('/1') + get('/2') + get('/3'));
  await expect.poll(() => open.length).toBe(1);
  const ended = once(open[0]!.response, 'close');
  socket.destroy();
  await ended;
  await setTimeout(50);
  expect(open.map(({ url }) => url)).toEqual(['/1']);
});
it('nor what comes after an answer that was to be the last', async () => {
  socket.write(get('/1', LAST) + get('/2'));
  const heard = text(socket);
  await answer('/1');
  await heard;
  await setTimeout(50);
  expect(open).toEqual([]);
});

describe('what Node would answer itself takes its turn too', () => {
  it('a request without Host, which is refused', async () => {
    socket.write(`${get('/1')}GET /2 HTTP/1.1\r\n\r\n`);
    const heard = text(socket);
    await answer('/1');
    expect(await heard).toMatch(/\/1HTTP\/1\.1 400 Bad Request\r\n/);
    expect(open).toEqual([]);
  });
  it('an expectation that nobody knows, which is left out of account', async () => {
    socket.write(get('/1') + get('/2', `Expect: wonders\r\n${LAST}`));
    const heard = text(socket);
    await answer('/1');
    await answer('/2');
    expect(await heard).toMatch(/\/1HTTP\/1\.1 200 OK\r\n[\s\S]*\/2$/);
  });
  it('as many of either as fit close the connection', async () => {
    for (const request of ['GET / HTTP/1.1\r\n\r\n', get('/', 'Expect: wonders\r\n')]) {
      const other = connect((server.address() as AddressInfo).port, '127.0.0.1');
      other.on('error', () => undefined);
      other.resume().write(get('/held') + request.repeat(1000));
      await once(other, 'close');
    }
    expect(open.map(({ url }) => url)).toEqual(['/held', '/held']);
  });
});
