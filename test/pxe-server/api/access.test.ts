import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RackhandError } from '../../../builder/shared/errors.ts';
import type { Description } from './described.ts';
import { CA, openApi, type TestApi } from './fixture.ts';

let api: TestApi;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

describe('the token', () => {
  it('is needed for every route that the document names', async () => {
    const { paths } = (await api.app.inject('/api/v1/openapi.json')).json() as Description;
    let asked = 0;
    for (const [path, methods] of Object.entries(paths)) {
      for (const method of Object.keys(methods)) {
        for (const authorization of [
          '',
          'Bearer ',
          `Bearer ${'0'.repeat(32)}`,
          `Basic ${api.token}`,
          api.token,
        ]) {
          const url = path
            .replace('{id}', 'node1')
            .replace('{lease}', '192.0.2.1')
            .replace('{name}', 'install');
          const given = authorization === '' ? {} : { authorization };
          const answer = await api.app.inject({ method: method.toUpperCase() as 'GET', url, headers: given });
          expect(answer.statusCode, `${method} ${path} with "${authorization}"`).toBe(401);
          expect(answer.json()).toMatchObject({
            code: 'token-missing',
            mend: expect.stringContaining('api-token'),
          });
          expect(answer.headers['www-authenticate']).toBe('Bearer');
          asked++;
        }
      }
    }
    expect(asked).toBe(33 * 5);
  });
  it('is looked at before the request: nobody learns anything from a bad body or an unknown host', async () => {
    const request = { method: 'POST', url: '/api/v1/hosts/absent/arm', payload: '{' } as const;
    expect(
      (await api.app.inject({ ...request, headers: { 'content-type': 'application/json' } })).statusCode,
    ).toBe(401);
  });
  it('is not taken from the address', async () => {
    expect((await api.app.inject(`/api/v1/status?token=${api.token}`)).statusCode).toBe(401);
  });
  it.each(['/', '/app.js', '/base.css', '/icon.svg', '/api/v1/openapi.json'])(
    '%s needs none',
    async (url) => {
      expect((await api.app.inject(url)).statusCode).toBe(200);
    },
  );
});

describe('page files', () => {
  it('allow scripts, styles and connections of this server alone', async () => {
    const { headers } = await api.app.inject('/');
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*|data:|blob:|http/);
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-cache' });
  });
  it.each([
    '/../files.ts',
    '/%2e%2e/files.ts',
    '/index.html',
    '//etc/passwd',
    '/.git/config',
    '/api/v1/absent',
  ])('%s is nothing', async (url) => {
    const answer = await api.app.inject(url);
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toEqual({
      code: 'not-found',
      message: 'no such address',
      mend: 'see /api/v1/openapi.json',
    });
  });
});

describe('errors', () => {
  it.each([
    ['an unknown error', new Error('connect /var/lib/rackhand/secret failed')],
    ['an error of the inside', new RackhandError('run-failed', 'openssl -key /var/lib/rackhand/ca.key', 'x')],
    ['what is no error at all', 'secret'],
  ])('%s is "internal" to the client and whole in the log', async (_what, thrown) => {
    api.registry.list = () => {
      throw thrown;
    };
    const { status, body } = await api.call('GET', '/overview');
    expect(status).toBe(500);
    expect(body).toEqual({
      code: 'internal',
      message: 'the server could not answer',
      mend: 'look at the log of role control',
    });
    expect(api.internal).toEqual([thrown]);
  });
  it.each([
    [
      'a broken body',
      { payload: '{"name":', headers: { 'content-type': 'application/json' } },
      400,
      /openapi\.json/,
    ],
    [
      'no JSON',
      { payload: 'name: node1', headers: { 'content-type': 'text/yaml' } },
      415,
      /^send JSON, with content-type: application\/json/,
    ],
    ['a body above 8 MiB', { payload: { name: 'x'.repeat(9 << 20) }, headers: {} }, 413, /^send it in parts/],
  ])('%s is refused', async (_what, { payload, headers }, status, mend) => {
    const authorization = `Bearer ${api.token}`;
    const all = { ...headers, authorization };
    const answer = await api.app.inject({ method: 'POST', url: '/api/v1/hosts', payload, headers: all });
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({ code: 'request-invalid', mend: expect.stringMatching(mend) });
    expect(api.internal).toEqual([]);
  });
  it('too many requests: refused with when to go on', async () => {
    const flood = Array.from({ length: 3000 }, () => api.app.inject('/icon.svg'));
    await Promise.all(flood);
    const answer = await api.app.inject('/icon.svg');
    expect(answer.statusCode).toBe(429);
    expect(answer.json()).toMatchObject({
      code: 'too-many-requests',
      mend: expect.stringMatching(/^go on in /),
    });
  });
  it('a token has its own count, whoever else comes from its address', async () => {
    const flood = (count: number, headers = {}) =>
      Promise.all(Array.from({ length: count }, () => api.app.inject({ url: '/icon.svg', headers })));
    await flood(3001);
    const known = await flood(3001, { authorization: `Bearer ${api.token}` });
    expect(known.at(-1)?.headers['x-ratelimit-limit']).toBe('60000');
    expect(new Set(known.map((answer) => answer.statusCode))).toEqual(new Set([200]));
    const unknown = await flood(1, { authorization: `Bearer ${'0'.repeat(32)}` });
    expect(unknown[0]?.statusCode).toBe(429);
  });
});

describe('answers hold no secret', () => {
  it('of hosts: neither key nor what identifies the declaration', async () => {
    const { id } = await api.registry.declare({ name: 'node1' });
    await api.registry.update(id, { publicKey: 'k'.repeat(64), declaredAs: 'd'.repeat(64) });
    for (const path of ['/hosts', '/overview', '/hosts/node1'])
      expect(JSON.stringify((await api.call('GET', path)).body)).not.toMatch(
        /kkkk|dddd|publicKey|declaredAs/,
      );
  });
  it('of events and reasons: tokens are masked', async () => {
    const { id } = await api.registry.declare({ name: 'node1' });
    const secret = 'deadbeef'.repeat(4);
    await api.registry.signal(id, 'booted', `script for rackhand.token=${secret}`);
    for (const path of ['/events', '/hosts', '/overview', '/hosts/node1']) {
      const text = JSON.stringify((await api.call('GET', path)).body);
      expect(text).toContain('rackhand.token=[token]');
      expect(text).not.toContain(secret);
    }
  });
  it('are not kept by caches', async () => {
    for (const path of ['/status', '/hosts/absent'])
      expect((await api.call('GET', path)).headers).toMatchObject({ 'cache-control': 'no-store' });
  });
});

it('status and images', async () => {
  await api.registry.declare({ name: 'node1' });
  await api.registry.addPending('52:54:00:00:00:02', []);
  expect((await api.call('GET', '/status')).body).toEqual({
    version: '0.0.0-test',
    startedAt: '2026-01-01T00:00:00.000Z',
    hosts: { declared: 1, pending: 1 },
    images: 1,
    caFingerprint: CA,
  });
  expect((await api.call('GET', '/images')).body).toEqual({ images: api.images, default: 'lab' });
});
