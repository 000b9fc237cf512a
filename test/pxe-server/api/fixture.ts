import type { FastifyInstance, InjectOptions } from 'fastify';
import { expect } from 'vitest';
import { RackhandError } from '../../../builder/shared/errors.ts';
import { randomToken, sha256 } from '../../../builder/shared/ids.ts';
import { PairingDesk, pairingEntry } from '../../../pxe-server/api/pairing.ts';
import type { ApiContext } from '../../../pxe-server/api/routes.ts';
import type { ImageView } from '../../../pxe-server/api/schemas.ts';
import { apiServer } from '../../../pxe-server/api/server.ts';
import type { Offer } from '../../../pxe-server/boot/offer.ts';
import { mintForMedium } from '../../../pxe-server/enrol/media.ts';
import { Journal } from '../../../pxe-server/events/journal.ts';
import type { Host } from '../../../pxe-server/hosts/model.ts';
import { Registry } from '../../../pxe-server/hosts/registry.ts';
import { openStore, type Store } from '../../../pxe-server/store/database.ts';
import { TraceStore } from '../../../pxe-server/store/traces.ts';
import { TraceDesk } from '../../../pxe-server/trace/desk.ts';
import { Recorder } from '../../../pxe-server/trace/recorder.ts';
import { loadUi } from '../../../pxe-server/ui/files.ts';
import { manifest } from '../../shared/manifest.ts';
import { SUBNETS, type TestOffice, testOffice } from '../dhcp/lease-office.ts';
import { openTemplates, type TestTemplates } from '../templates/desk-fixture.ts';
import { type Description, expectDescribed } from './described.ts';

export const CA = '0123456789abcdef'.repeat(4);
const START = Date.parse('2026-01-01T00:00:00.000Z');

export interface Answer {
  status: number;
  headers: Record<string, unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  body: any;
}

/** The API with a real store in memory and a clock that stands still unless a test puts it forward. */
export interface TestApi {
  app: FastifyInstance;
  store: Store;
  journal: Journal;
  registry: Registry;
  pairing: PairingDesk;
  token: string;
  /** Hosts that the manager was asked to prove. */
  probed: string[];
  /** Errors that went to the log and not to the client. */
  internal: unknown[];
  images: ImageView[];
  leases: TestOffice;
  templates: TestTemplates;
  /** Takes what is seen of boots. */
  recorder: Recorder;
  /** What else declarations may name. */
  offer: { -readonly [K in keyof Omit<Offer, 'images'>]: Offer[K] };
  /** From now on the token is not known. */
  withdrawToken(): void;
  /** One more server for the same hosts, as after a restart. */
  another(): Promise<FastifyInstance>;
  /** Seconds. */
  pass(seconds: number): void;
  /** A request with the token; its answer has been compared with the OpenAPI document. */
  call(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<Answer>;
  close(): Promise<void>;
}

export async function openApi(
  clock: () => number = () => START,
  change: Partial<ApiContext> = {},
): Promise<TestApi> {
  let ahead = 0;
  let withdrawn = false;
  const now = () => new Date(clock() + ahead);
  const store = await openStore(':memory:');
  const journal = new Journal(store, now);
  const registry = new Registry(store, journal, now);
  const pairing = new PairingDesk(
    () => now().getTime(),
    (news) => void journal.record(pairingEntry(news)),
  );
  const token = randomToken();
  const [probed, internal, images]: [string[], unknown[], ImageView[]] = [
    [],
    [],
    [{ ...manifest(), builtAt: '2026-01-01T00:00:00.000Z', tags: [] }],
  ];
  const offer: TestApi['offer'] = {
    kickstarts: ['install.ks.njk', 'minimal.ks.njk', 'snippets/storage.ks.njk'],
    ...{ installers: [{ name: 'el9' }], signedLoaders: true, subnets: ['192.0.2.0/24'] },
    ...{ notGiven: [], prefixes: [] },
  };
  const leases = testOffice(() => now().getTime());
  const recorder = new Recorder({
    store: new TraceStore(':memory:'),
    hostOf: (mac) => registry.list().find(({ macs }) => macs.includes(mac))?.id,
    now: () => now().getTime(),
  });
  const templates = await openTemplates({ store, journal, registry, now });
  const around = { ours: ['192.0.2.1'], httpsPort: 8443, linkMbit: 1000, image: () => null };
  const context: ApiContext = {
    ...{ version: '0.0.0-test', startedAt: now().toISOString(), registry, journal, pairing },
    images: () => ({ images, default: 'lab' }),
    offer: () => ({
      ...offer,
      images: images.map(({ id, recipe, builtAt, tags }) => ({
        ...{ id, name: recipe.name, tags },
        builtAt: builtAt ?? undefined,
      })),
    }),
    servers: ['192.0.2.1:8443', '198.51.100.1:8443'],
    caFingerprint: CA,
    serviceCa: '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n',
    imageServers: ['http://192.0.2.1', 'http://198.51.100.1'],
    mintForMedium: (host, days) => mintForMedium({ store, registry, now }, host, days),
    leases: { office: leases.office, subnets: SUBNETS },
    traces: new TraceDesk(recorder, around, () => now().getTime()),
    queue: async () => ({ bandwidth: null, measured: true, rate: 0, places: null, going: [], waiting: [] }),
    templates: templates.desk,
    tokenName: async (hash) => (!withdrawn && hash === sha256(token) ? 'first' : undefined),
    plan: async ({ hostId }) => {
      throw new RackhandError('plan-impossible', `${hostId}: nothing renders here`, 'ask another');
    },
    probe: (host: Host) => probed.push(host.name),
    onInternal: (error) => internal.push(error),
    ...change,
  };
  const app = await apiServer(context, loadUi());
  return {
    ...{ app, store, journal, registry, pairing, token, probed, internal, images, offer, leases, recorder },
    templates,
    withdrawToken() {
      withdrawn = true;
    },
    another: () => apiServer(context, loadUi()),
    pass(seconds) {
      ahead += seconds * 1000;
    },
    async call(method, path, body) {
      const url = `/api/v1${path}`;
      const request: InjectOptions = { method, url, headers: { authorization: `Bearer ${token}` } };
      if (body !== undefined) request.payload = body as object;
      const response = await app.inject(request);
      const answer = { status: response.statusCode, headers: response.headers, body: response.json() };
      const type = String(response.headers['content-type']);
      expectDescribed(DESCRIPTION, { method, path: url }, { ...answer, type });
      return answer;
    },
    async close() {
      await app.close();
      recorder.close();
      await store.destroy();
    },
  };
}

/** What a call that is refused answers. */
export const refused = (status: number, code: string, message: RegExp, mend: RegExp) => ({
  status,
  body: { code, message: expect.stringMatching(message), mend: expect.stringMatching(mend) },
});

/** The OpenAPI document, made once: it is the dearest part of a start. */
const DESCRIPTION = await (async () => {
  const api = await openApi();
  const { payload } = await api.app.inject('/api/v1/openapi.json');
  await api.close();
  return JSON.parse(payload) as Description;
})();
