import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import type { QueueQuestion, QueueView } from '../admission/view.ts';
import type { Offer } from '../boot/offer.ts';
import type { PlanQuestion } from '../boot/plans.ts';
import type { Journal } from '../events/journal.ts';
import type { Host } from '../hosts/model.ts';
import type { Registry } from '../hosts/registry.ts';
import type { PlanView } from '../kickstart/plan/view.ts';
import type { TemplateDesk } from '../templates/desk.ts';
import type { TraceDesk } from '../trace/desk.ts';
import { bootRoutes } from './boot-routes.ts';
import { eventRoutes } from './event-routes.ts';
import { hostRoutes } from './host-routes.ts';
import { leaseRoutes } from './lease-routes.ts';
import type { LeaseBook } from './lease-views.ts';
import type { PairingDesk } from './pairing.ts';
import { planRoutes } from './plan-routes.ts';
import { queueRoutes } from './queue-routes.ts';
import * as shapes from './schemas.ts';
import { templateRoutes } from './template-routes.ts';

export interface ApiContext {
  version: string;
  startedAt: string;
  registry: Registry;
  journal: Journal;
  pairing: PairingDesk;
  images: () => { images: shapes.ImageView[]; default: string | null };
  /** What declarations may name. */
  offer: () => Offer;
  /** host:port of each agent endpoint. */
  servers: string[];
  caFingerprint: string;
  /** The authority of the agent endpoints, PEM. */
  serviceCa: string;
  /** http://ADDRESS[:PORT] of the images, in the order of the servers. */
  imageServers: string[];
  mintForMedium: (host: Host, days: number) => Promise<{ token: string; expiresAt: string }>;
  /** What was seen of boots. */
  traces: TraceDesk;
  /** Null where no addresses are given. */
  leases: LeaseBook | null;
  /** Asks the boot role. @throws RackhandError host-not-waiting */
  queue: (question: QueueQuestion) => Promise<QueueView>;
  /** What kickstarts are made from. */
  templates: TemplateDesk;
  /** Name of the token of that hash; undefined when there is none. */
  tokenName: (hash: string) => Promise<string | undefined>;
  /** Asks the boot role, which renders kickstarts. @throws RackhandError state-wrong | plan-impossible */
  plan: (question: PlanQuestion) => Promise<PlanView>;
  /** The manager proves the host again. */
  probe: (host: Host) => void;
  onInternal: (error: unknown) => void;
}

export type Api = ReturnType<typeof typed>;

export async function routes(plain: FastifyInstance, context: ApiContext): Promise<void> {
  const api = typed(plain);
  serviceRoutes(api, context);
  hostRoutes(api, context);
  bootRoutes(api, context);
  eventRoutes(api, context);
  leaseRoutes(api, context);
  queueRoutes(api, context);
  templateRoutes(api, context);
  planRoutes(api, context);
}

function typed(plain: FastifyInstance) {
  return plain.withTypeProvider<ZodTypeProvider>();
}

/** Schema parts that every route has: what it does, its answer, and the errors in their one shape. */
export function described<S extends z.ZodType>(summary: string, answer: S) {
  return { summary, response: { 200: answer, '4xx': shapes.ApiError, '5xx': shapes.ApiError } };
}

function serviceRoutes(api: Api, context: ApiContext): void {
  const { registry, journal, pairing } = context;
  api.get(
    '/status',
    { schema: described('The service, and how many hosts are in which state', shapes.Status) },
    () => {
      const hosts: Record<string, number> = {};
      for (const host of registry.list()) hosts[host.state] = (hosts[host.state] ?? 0) + 1;
      const { version, startedAt, caFingerprint } = context;
      return { version, startedAt, hosts, images: context.images().images.length, caFingerprint };
    },
  );
  api.get(
    '/images',
    { schema: described('Images of the catalog, by their manifests', shapes.ImageList) },
    () => context.images(),
  );
  api.post(
    '/pairing',
    {
      schema: {
        ...described('Open a pairing code for a machine booted by hand', shapes.Pairing),
        body: shapes.PairingRequest,
      },
    },
    async (request) => {
      const host = request.body.host === undefined ? null : registry.get(request.body.host);
      const opened = pairing.open(host?.id ?? null);
      await journal.record({
        kind: 'pairing',
        severity: 'notice',
        hostId: host?.id ?? null,
        mac: null,
        message: `a pairing code was shown${host ? ` for ${host.name}` : ''}`,
      });
      return { ...opened, servers: context.servers, caFingerprint: context.caFingerprint };
    },
  );
}
