import type { AddressInfo } from 'node:net';
import type { PlanView } from '../../../pxe-server/kickstart/plan/view.ts';
import { type Description, undescribed } from '../../pxe-server/api/described.ts';
import { openApi } from '../../pxe-server/api/fixture.ts';
import { macOf } from '../../pxe-server/dhcp/packets.ts';
import { inventory } from '../../pxe-server/hosts/inventory-fixture.ts';
import { LOADED, traceOf } from '../../pxe-server/trace/steps.ts';
import type { Surface } from './run.ts';

const MAC = '52:54:00:00:00:01';
const BOOT = '2026-01-01T00:00:00.000Z';
/** One that is shipped, so that version 0 is there. */
const TEMPLATE = 'install.ks.njk';
const PLAN: PlanView = {
  ...{ host: 'node1', kickstart: TEMPLATE, release: 'el9' },
  ...{ plan: null, refused: [], picture: '' },
};
/** Hosts beyond these are taken away now and then. */
const MOST_HOSTS = 20;

/** The API of people and programs, with a few hosts in different states, leases, and a boot that was recorded. */
export async function apiSurface(): Promise<Surface> {
  const api = await openApi(undefined, { plan: async () => PLAN });
  const { app, registry, leases, recorder } = api;
  const newest = () => api.templates.desk.list().find(({ name }) => name === TEMPLATE)?.version ?? 0;
  api.offer.notGiven = [{ address: '192.0.2.1', what: "this server's own" }];
  await app.listen({ host: '127.0.0.1', port: 0 });
  const description = (await app.inject('/api/v1/openapi.json')).json() as Description;
  let strangers = 0;
  return {
    ...{ name: 'api', description, tls: false, internal: api.internal },
    port: (app.server.address() as AddressInfo).port,
    known: {
      parameters: {
        id: () => registry.list().flatMap(({ id, name }) => [id, name]),
        host: () => registry.list().map(({ name }) => name),
        lease: () => ['192.0.2.101', '192.0.2.102', MAC],
        boot: () => [BOOT],
        name: () => [TEMPLATE],
        version: () => [String(newest())],
        ...{ from: () => ['0'], to: () => [String(newest())] },
      },
      tokens: () => [api.token],
      bodies: {
        '/api/v1/hosts': () => [{ name: 'taken', address: '192.0.2.1' }, { name: `fresh${strangers++}` }],
        '/api/v1/hosts/{id}/approve': () => [{ arm: 'once' }],
        '/api/v1/templates/{name}': () => [
          { text: `text # ${strangers++}\n`, expected: newest(), untried: true },
        ],
        '/api/v1/templates/{name}/try': () => [{ host: 'node1', version: 0 }],
        '/api/v1/templates/{name}/rollback': () => [{ to: 0, expected: newest(), untried: true }],
        '/api/v1/hosts/import': () => [{ format: 'csv', text: 'name,rack\nimported,r1\n' }],
      },
    },
    fault({ route, method, path }, { status, type, body }) {
      if (status >= 500) return 'it is the server that failed';
      if (method === 'HEAD') return body === '' ? undefined : 'a body for HEAD';
      const isRoute = method === route.method && path.startsWith('/api/v1/') && status !== 404;
      if (isRoute || status === 404) {
        const read = type.includes('json') ? JSON.parse(body) : body;
        const at = isRoute ? { method, path: route.template } : { method: 'GET', path: '/api/v1/status' };
        return undescribed(description, at, { status, type, body: read });
      }
      return undefined;
    },
    async tidy() {
      for (const { id, name } of registry.list().slice(MOST_HOSTS))
        if (name !== 'node1') await registry.remove(id);
      // One that was renamed, or was given it, has its MAC.
      for (const { id, name, macs } of registry.list())
        if (name !== 'node1' && macs.includes(MAC)) await registry.remove(id);
      const has = (name: string) => registry.list().some((host) => host.name === name);
      if (!has('node1')) await registry.declare({ name: 'node1', macs: [MAC], arm: 'always' });
      recorder.take(traceOf(...LOADED).map((entry) => ({ mac: MAC, ...entry })));
      const { id } = registry.get('node1');
      await registry.update(id, { managementAddress: '192.0.2.101', state: 'up', inventory: inventory() });
      const pending = await registry.addPending(macOf(256 + (strangers++ % 256)), []);
      await registry.update(pending.id, { state: 'failed' });
      for (const [address, client] of [
        ['192.0.2.101', MAC],
        ['192.0.2.102', '52:54:00:00:00:02'],
      ] as const)
        leases.put(address, client);
    },
    close: () => api.close(),
  };
}
