import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Heartbeat, Refusal, type Registered } from '../../../builder/contract/agent-protocol.ts';
import { sha256 } from '../../../builder/shared/ids.ts';
import { PairingDesk } from '../../../pxe-server/api/pairing.ts';
import { BootReports } from '../../../pxe-server/enrol/boot-reports.ts';
import { InstallReports } from '../../../pxe-server/enrol/install-reports.ts';
import { type ServiceTls, serviceTls } from '../../../pxe-server/enrol/service-tls.ts';
import { agentHttp, replaceTls } from '../../../pxe-server/http/agent-http.ts';
import { type Desk, freshKeys, type Keys, openDesk } from '../enrol/desk.ts';
import { registration } from '../enrol/request.ts';

const MAC = '52:54:00:00:00:01';

let keys: Keys;
let tls: ServiceTls;
let desk: Desk;
let app: FastifyInstance;
let pairing: PairingDesk;
let heard: [host: string, Heartbeat][];
let wrongCodes: string[];
let faults: unknown[];

beforeAll(async () => {
  keys = await freshKeys();
  tls = await freshTls();
});
afterAll(() => keys.remove());

beforeEach(async () => {
  desk = await openDesk(keys.holder);
  pairing = new PairingDesk();
  [heard, wrongCodes, faults] = [[], [], []];
  app = await agentHttp({
    ...{ tls, pairing, enrolment: desk.enrolment, serviceCa: keys.holder.serviceCa(), tokenMinutes: 20 },
    reports: new BootReports(desk),
    installs: new InstallReports(desk),
    async onHeartbeat(host, heartbeat) {
      heard.push([host.name, heartbeat]);
      return { renew: false, heartbeatSeconds: 10 };
    },
    onWrongPairing: (peer) => wrongCodes.push(peer),
    onInternal: (error) => faults.push(error),
  });
});
afterEach(async () => {
  await app.close();
  await desk.close();
});

const freshTls = () =>
  serviceTls(['127.0.0.1'], async ({ csr, dns, ip }) => ({
    certificate: await keys.holder.issueService(csr, { dns, ip }),
  }));

const post = (path: string, payload: object | string, token?: string) =>
  app.inject({
    ...{ method: 'POST', url: `/agent/v1/${path}`, payload },
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
  });

async function registered(): Promise<Registered> {
  const host = await desk.registry.declare({ name: 'node1', macs: [MAC], arm: 'always' });
  const token = await desk.mint('register', { host, mac: MAC });
  const answer = await post('register', await registration(MAC), token);
  expect(answer.statusCode).toBe(200);
  return answer.json();
}

describe('the endpoint of agents', () => {
  it('gives its authority to everybody', async () => {
    const answer = await app.inject({ url: '/agent/v1/ca' });
    expect(answer).toMatchObject({ statusCode: 200, body: keys.holder.serviceCa() });
    expect(answer.body).not.toContain('PRIVATE');
    expect(await readFile(join(keys.folder, 'service-ca.pem'), 'utf8')).toContain('PRIVATE');
  });
  it('registers, hears heartbeats and renews', async () => {
    const { sessionToken } = await registered();
    const beat = { uptime: 1, guests: 0, memoryAvailable: 1, load: 0, addresses: ['192.0.2.1'] };
    expect((await post('heartbeat', beat, sessionToken)).json()).toEqual({
      renew: false,
      heartbeatSeconds: 10,
    });
    expect(heard).toEqual([['node1', beat]]);
    const { csr } = await registration(MAC);
    expect((await post('renew', { csr }, sessionToken)).json()).toMatchObject({ code: 'key-changed' });
  });
  it('answers 202 to a machine that has to wait', async () => {
    const answer = await post(
      'register',
      await registration(MAC),
      await desk.mint('inventory', { mac: MAC }),
    );
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toMatchObject({ state: 'pending', retrySeconds: 5 });
  });
  it('gives a token for a code, once', async () => {
    const { code } = pairing.open(null);
    const spaced = `${code.slice(0, 4)} ${code.slice(4)}`;
    const { token } = (await post('pair', { code: spaced })).json();
    expect((await post('register', await registration(MAC), token)).statusCode).toBe(202);
    expect((await post('pair', { code })).json()).toMatchObject({ code: 'code-wrong' });
    expect(wrongCodes).toEqual(['127.0.0.1']);
  });
});

describe('what an installer reports', () => {
  const form = (fields: Record<string, string> | string, token?: string) =>
    app.inject({
      ...{ method: 'POST', url: '/agent/v1/install' },
      payload: typeof fields === 'string' ? fields : new URLSearchParams(fields).toString(),
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
    });
  const installing = async () => {
    const { id } = await desk.registry.declare({ name: 'node1', macs: [MAC] });
    const host = await desk.registry.signal(id, 'installing', 'installs');
    return desk.mint('install', { host, mac: MAC });
  };
  it('is a form, as curl writes it', async () => {
    const token = await installing();
    const log = 'a & b = c % d\nsecond line ü\n';
    const answer = await form({ event: 'failed', text: 'it "broke"', line: '12', log }, token);
    expect([answer.statusCode, answer.body]).toEqual([204, '']);
    expect(desk.registry.get('node1')).toMatchObject({
      ...{ state: 'failed', reason: 'the installation failed at line 12 of the kickstart: it "broke"' },
    });
    expect((await desk.story()).slice(-2)).toEqual(['log: a & b = c % d', 'log: second line ü']);
  });
  it('is heard however much an installer has to say of its error', async () => {
    const token = await installing();
    const log = `${'x'.repeat(21_000)}\nthe last line\n`;
    expect((await form({ event: 'failed', text: 'broke '.repeat(500), log }, token)).statusCode).toBe(204);
    expect(desk.registry.get('node1')).toMatchObject({
      ...{ state: 'failed', reason: expect.stringMatching(/^the installation failed: broke broke /) },
    });
    expect((await desk.story()).at(-1)).toBe('log: the last line');
  });
  it.each<[string, Record<string, string> | string, number]>([
    ['an event that is none', { event: 'registered' }, 400],
    ['no event', { text: 'x' }, 400],
    ['a field that nobody knows', { event: 'started', state: 'up' }, 400],
    ['a prototype', 'event=started&__proto__=x', 400],
    ['a line that is no number', { event: 'failed', line: '1e9' }, 400],
    ['a form beyond its size', { event: 'failed', log: '%'.repeat(30_000) }, 413],
    ['nothing', '', 400],
  ])('with %s is refused', async (_what, fields, status) => {
    const token = await installing();
    expect((await form(fields, token)).statusCode).toBe(status);
    expect(desk.registry.get('node1').state).toBe('installing');
  });
  it('without its token is refused', async () => {
    await installing();
    for (const token of [undefined, 'x', 'f'.repeat(64)])
      expect((await form({ event: 'installed' }, token)).statusCode).toBe(401);
  });
  it('is limited for each address', async () => {
    const token = await installing();
    const statuses = [];
    for (let i = 0; i < 61; i++) statuses.push((await form({ event: 'progress' }, token)).statusCode);
    expect([statuses.filter((s) => s === 204).length, statuses.at(-1)]).toEqual([60, 429]);
  });
});

it('a certificate that is replaced is shown to the next machine that comes', async () => {
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const shown = () =>
    new Promise<string>((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, ca: keys.holder.serviceCa() }, () => {
        resolve(socket.getPeerCertificate().serialNumber);
        socket.destroy();
      });
      socket.on('error', reject);
    });
  const before = await shown();
  replaceTls(app, await freshTls());
  expect(await shown()).not.toBe(before);
});

describe('a refusal has the form that agents show', () => {
  const CODE = { mend: 'type the eight digits that the web page shows' };
  it.each<[string, () => Promise<{ statusCode: number; json(): unknown }>, number, object]>([
    ['no token', async () => post('register', await registration(MAC)), 401, { code: 'token-unknown' }],
    [
      'a token of another form',
      async () => post('register', await registration(MAC), 'x'),
      401,
      { code: 'token-unknown' },
    ],
    [
      'a token that nobody knows yet',
      async () => post('register', await registration(MAC), 'f'.repeat(32)),
      503,
      { code: 'token-early', mend: 'it is tried again' },
    ],
    [
      'a token that nobody knows',
      async () => {
        const request = await registration(MAC);
        await post('register', request, 'e'.repeat(32));
        desk.pass(30);
        return post('register', request, 'e'.repeat(32));
      },
      401,
      { code: 'token-unknown' },
    ],
    [
      'an unknown session',
      () =>
        post(
          'heartbeat',
          { uptime: 1, guests: 0, memoryAvailable: 1, load: 0, addresses: [] },
          'f'.repeat(32),
        ),
      401,
      { code: 'session-unknown' },
    ],
    [
      'a field too many',
      async () => post('register', { ...(await registration(MAC)), root: true }, 'f'.repeat(32)),
      400,
      { code: 'request-invalid' },
    ],
    [
      'a field of another form',
      async () => {
        const request = await registration(MAC);
        request.inventory.memory = -1;
        return post('register', request, 'f'.repeat(32));
      },
      400,
      { code: 'request-invalid', message: expect.stringMatching(/^inventory\.memory: /) },
    ],
    ['no JSON', () => post('register', '{', 'f'.repeat(32)), 400, { code: 'request-invalid' }],
    ['another path', () => post('nothing', {}), 404, { code: 'not-found' }],
    [
      'a code of seven digits',
      () => post('pair', { code: '1234567' }),
      400,
      { code: 'code-malformed', ...CODE },
    ],
    ['a code of letters', () => post('pair', { code: 'abcdefgh' }), 400, { code: 'code-malformed', ...CODE }],
  ])('%s', async (_name, ask, status, expected) => {
    const answer = await ask();
    expect(answer.statusCode).toBe(status);
    expect(Refusal.parse(answer.json())).toMatchObject(expected);
    expect(faults).toEqual([]);
  });
  it('of too many codes says when to come again', async () => {
    for (let n = 0; n < 10; n++) expect((await post('pair', { code: '00000000' })).statusCode).toBe(403);
    const answer = await post('pair', { code: pairing.open(null).code });
    expect(answer.statusCode).toBe(429);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(Refusal.parse(answer.json())).toMatchObject({ code: 'too-many', mend: 'wait a minute' });
  });
  it('of our own fault says nothing of it, and to try again', async () => {
    const { sessionToken } = await registered();
    await desk.store.schema.dropTable('sessions').execute();
    const answer = await post('renew', { csr: (await registration(MAC)).csr }, sessionToken);
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toEqual({
      code: 'internal',
      message: 'the server could not answer',
      mend: 'it is tried again',
    });
    expect(String(faults[0])).toContain('no such table');
  });
});

describe('reports of initramfses', () => {
  const report = { code: 'image-wrong', final: true, message: 'its SHA-256 is another' };
  const key = async () => sha256(await desk.mint('inventory', { mac: MAC }));
  it('are taken from who knows the digest of the boot’s token', async () => {
    expect((await post('report', report, await key())).statusCode).toBe(204);
    expect(await desk.story()).toEqual(['127.0.0.1: its SHA-256 is another']);
  });
  it.each([
    ['of no known code', { ...report, code: 'x' }],
    ['with more in it', { ...report, more: 1 }],
    ['with a line break', { ...report, message: 'a\nb' }],
    ['without words', { ...report, message: '' }],
    ['of too many words', { ...report, message: 'x'.repeat(401) }],
    ['that is none', 'x'],
  ])('one %s is refused', async (_name, payload) => {
    expect((await post('report', payload, await key())).statusCode).toBe(400);
    expect(await desk.story()).toEqual([]);
  });
  it('one that is too large is not read', async () => {
    expect((await post('report', { message: 'x'.repeat(3000) }, await key())).statusCode).toBe(413);
  });
  it('the token itself, or nothing, is no key', async () => {
    expect((await post('report', report, 'a'.repeat(32))).statusCode).toBe(401);
    expect((await post('report', report)).statusCode).toBe(401);
  });
});
