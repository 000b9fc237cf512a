import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadUi } from '../../../pxe-server/ui/files.ts';
import { type Description, expectDescribed, operationOf } from './described.ts';
import { openApi, type TestApi } from './fixture.ts';

const ROUTES = [
  'GET /api/v1/status',
  'GET /api/v1/images',
  'GET /api/v1/leases',
  'DELETE /api/v1/leases/{lease}',
  'POST /api/v1/leases/import',
  'POST /api/v1/pairing',
  'GET /api/v1/hosts',
  'POST /api/v1/hosts',
  'GET /api/v1/overview',
  'GET /api/v1/queue',
  'PUT /api/v1/queue/{id}/place',
  'GET /api/v1/templates',
  'GET /api/v1/templates/{name}',
  'PUT /api/v1/templates/{name}',
  'GET /api/v1/templates/{name}/diff',
  'POST /api/v1/templates/{name}/rollback',
  'POST /api/v1/templates/{name}/try',
  'GET /api/v1/hosts/{id}/kickstart',
  'POST /api/v1/hosts/import',
  'GET /api/v1/hosts/{id}',
  'PATCH /api/v1/hosts/{id}',
  'DELETE /api/v1/hosts/{id}',
  'POST /api/v1/hosts/{id}/approve',
  'POST /api/v1/hosts/{id}/arm',
  'POST /api/v1/hosts/{id}/release',
  'POST /api/v1/hosts/{id}/medium',
  'POST /api/v1/hosts/{id}/probe',
  'GET /api/v1/hosts/{id}/why',
  'GET /api/v1/hosts/{id}/boots/stream',
  'GET /api/v1/hosts/{id}/boots/{boot}/pcapng',
  'GET /api/v1/events',
  'GET /api/v1/events/stream',
];
const WITH_BODY =
  /^(PATCH|PUT|POST \S+(\/pairing|\/hosts|\/import|\/approve|\/arm|\/medium|\/rollback|\/try)$)/;

function mediaType(path: string): string {
  if (path.endsWith('/stream')) return 'text/event-stream';
  return path.endsWith('/pcapng') ? 'application/octet-stream' : 'application/json';
}

let api: TestApi;
let description: Description;
beforeAll(async () => {
  api = await openApi();
  description = (await api.app.inject('/api/v1/openapi.json')).json();
});
afterAll(() => api.close());

describe('the OpenAPI document', () => {
  it('names every route there is, and no other', () => {
    const documented = Object.entries(description.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(documented.sort()).toEqual([...ROUTES].sort());
    for (const route of ROUTES) {
      const [method, path] = route.split(' ') as ['GET', string];
      expect(api.app.hasRoute({ method, url: path.replace(/\{(\w+)\}/g, ':$1') }), route).toBe(true);
    }
    const all = api.app
      .printRoutes({ commonPrefix: false })
      .match(/\(([A-Z, ]+)\)/g)!
      .join()
      .split(',');
    expect(all, 'undocumented: page files and the document').toHaveLength(ROUTES.length + loadUi().size + 1);
  });
  it.each(ROUTES)('%s: summary, parameters, body, answer and errors', (route) => {
    const [method, path] = route.split(' ') as [string, string];
    const {
      summary,
      requestBody,
      parameters = [],
      responses,
    } = description.paths[path]![method.toLowerCase()]!;
    expect(summary).toMatch(/^\w.{5,}/);
    expect(requestBody !== undefined, 'has a body').toBe(WITH_BODY.test(route));
    if (requestBody)
      expect(requestBody.content['application/json']!.schema).toMatchObject({ type: 'object' });
    expect(parameters.some((p) => p.in === 'path' && p.name === 'id')).toBe(path.includes('{id}'));
    expect(Object.keys(responses).sort()).toEqual(['200', '4XX', '5XX']);
    for (const status of ['4XX', '5XX'])
      expect(responses[status]!.content!['application/json']!.schema).toMatchObject({
        required: ['code', 'message', 'mend'],
        properties: { code: { enum: expect.arrayContaining(['token-missing', 'internal']) } },
        additionalProperties: false,
      });
    expect(Object.keys(responses['200']!.content!)).toEqual([mediaType(path)]);
  });
  it('asks for a token, and needs none itself', () => {
    expect(description.security).toEqual([{ token: [] }]);
    expect(description.components.securitySchemes).toEqual({ token: { type: 'http', scheme: 'bearer' } });
  });
  it('would notice an answer that it does not describe', () => {
    const request = { method: 'GET', path: '/api/v1/status' };
    const body = { version: '1', startedAt: '', hosts: { up: 1 }, images: 0, caFingerprint: '' };
    const type = 'application/json; charset=utf-8';
    expectDescribed(description, request, { status: 200, type, body });
    for (const wrong of [{ ...body, publicKey: 'x' }, { ...body, images: '0' }, { version: '1' }])
      expect(() => expectDescribed(description, request, { status: 200, type, body: wrong })).toThrow();
    expect(() => expectDescribed(description, request, { status: 302, type, body })).toThrow();
    expect(() => operationOf(description, 'GET', '/api/v1/absent')).toThrow();
  });
});
