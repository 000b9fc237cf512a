import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Manifest } from '../../builder/contract/manifest.ts';
import { RackhandError } from '../../builder/shared/errors.ts';
import type { Journal } from '../events/journal.ts';
import { parseHosts } from '../hosts/import.ts';
import { type Host, HostDeclaration, HostPatch } from '../hosts/model.ts';
import type { Registry } from '../hosts/registry.ts';
import type { PairingDesk } from './pairing.ts';
import * as shapes from './schemas.ts';
import { streamEvents } from './stream.ts';

export interface ApiContext {
  version: string;
  startedAt: string;
  registry: Registry;
  journal: Journal;
  pairing: PairingDesk;
  images: () => { images: Manifest[]; default: string | null };
  /** host:port of each agent endpoint. */
  servers: string[];
  caFingerprint: string;
  isToken: (hash: string) => Promise<boolean>;
  /** The manager proves the host again. */
  probe: (host: Host) => void;
  onInternal: (error: unknown) => void;
}

export async function routes(plain: FastifyInstance, context: ApiContext): Promise<void> {
  const api = plain.withTypeProvider<ZodTypeProvider>();
  const { registry, journal } = context;
  const view = ({ publicKey: _, ...host }: Host) => host;
  const errors = { '4xx': shapes.ApiError, '5xx': shapes.ApiError };
  const one = { params: shapes.IdParams, response: { 200: shapes.HostView, ...errors } };

  api.get('/status', { schema: { response: { 200: shapes.Status, ...errors } } }, () => {
    const hosts: Record<string, number> = {};
    for (const host of registry.list()) hosts[host.state] = (hosts[host.state] ?? 0) + 1;
    const { version, startedAt, caFingerprint } = context;
    return { version, startedAt, hosts, images: context.images().images.length, caFingerprint };
  });
  api.get('/hosts', { schema: { response: { 200: shapes.HostList, ...errors } } }, () => ({
    hosts: registry.list().map(view),
  }));
  api.post(
    '/hosts',
    { schema: { body: HostDeclaration, response: { 200: shapes.HostView, ...errors } } },
    async (request) => {
      imageKnown(request.body.image);
      return view(await registry.declare(request.body));
    },
  );
  api.post(
    '/hosts/import',
    { schema: { body: shapes.ImportRequest, response: { 200: shapes.ImportReply, ...errors } } },
    async (request) => {
      const declarations = parseHosts(request.body.text, request.body.format, 'import');
      for (const declaration of declarations) imageKnown(declaration.image);
      for (const declaration of declarations) await registry.declare(declaration);
      return { hosts: declarations.map((d) => d.name) };
    },
  );
  api.get('/hosts/:id', { schema: one }, (request) => view(registry.get(request.params.id)));
  api.patch('/hosts/:id', { schema: { ...one, body: HostPatch } }, async (request) => {
    const host = registry.get(request.params.id);
    imageKnown(request.body.image);
    const change = Object.fromEntries(Object.entries(request.body).filter(([, v]) => v !== undefined));
    await registry.note(
      host,
      'host',
      'info',
      `changed by a person: ${Object.keys(change).join(', ') || 'nothing'}`,
    );
    return view(await registry.update(host.id, change));
  });
  api.delete(
    '/hosts/:id',
    {
      schema: {
        params: shapes.IdParams,
        response: { 200: z.strictObject({ removed: z.string() }), ...errors },
      },
    },
    async (request) => {
      const host = registry.get(request.params.id);
      await registry.remove(host.id);
      return { removed: host.name };
    },
  );
  api.post('/hosts/:id/arm', { schema: { ...one, body: shapes.ArmRequest } }, async (request) => {
    const host = registry.get(request.params.id);
    if (!host.approved)
      throw new RackhandError('state-wrong', `${host.name} is not approved`, 'approve it first');
    await registry.note(host, 'host', 'notice', `armed: ${request.body.arm}`);
    return view(await registry.update(host.id, { arm: request.body.arm }));
  });
  api.post('/hosts/:id/approve', { schema: { ...one, body: shapes.ApproveRequest } }, async (request) => {
    const host = registry.get(request.params.id);
    const { name, image, arm } = request.body;
    imageKnown(image);
    await registry.update(host.id, {
      approved: true,
      arm,
      ...(name ? { name } : {}),
      ...(image ? { image } : {}),
    });
    return view(await registry.signal(host.id, 'approved', 'approved by a person'));
  });
  api.post('/hosts/:id/release', { schema: one }, async (request) => {
    const host = registry.get(request.params.id);
    return view(await registry.signal(host.id, 'released', 'released by a person'));
  });
  api.post('/hosts/:id/probe', { schema: one }, (request) => {
    const host = registry.get(request.params.id);
    if (host.managementAddress === null) {
      throw new RackhandError('state-wrong', `${host.name} never registered`, 'boot it first');
    }
    context.probe(host);
    return view(host);
  });
  api.get(
    '/events',
    { schema: { querystring: shapes.EventQuery, response: { 200: shapes.EventList, ...errors } } },
    async (request) => {
      const { after, host, limit } = request.query;
      return {
        events: await journal.list({ after, limit, hostId: host ? registry.get(host).id : undefined }),
      };
    },
  );
  api.get('/events/stream', { schema: { querystring: shapes.EventQuery } }, (request, reply) =>
    streamEvents(journal, request, reply, request.query.after),
  );
  api.get('/images', { schema: { response: { 200: shapes.ImageList, ...errors } } }, () => context.images());
  api.post(
    '/pairing',
    { schema: { body: shapes.PairingRequest, response: { 200: shapes.Pairing, ...errors } } },
    async (request) => {
      const host = request.body.host === undefined ? null : registry.get(request.body.host);
      const opened = context.pairing.open(host?.id ?? null);
      await journal.record({
        kind: 'pairing',
        severity: 'notice',
        hostId: host?.id ?? null,
        mac: null,
        message: 'a pairing code was shown',
      });
      return { ...opened, servers: context.servers, caFingerprint: context.caFingerprint };
    },
  );

  function imageKnown(wanted: string | undefined): void {
    if (wanted === undefined) return;
    const { images } = context.images();
    if (images.some((i) => i.id === wanted || i.recipe.name === wanted || i.id.startsWith(wanted))) return;
    const names = images.map((i) => `${i.recipe.name} (${i.id})`).join(', ') || 'none';
    throw new RackhandError('image-absent', `no image ${wanted}`, `images in the catalog: ${names}`);
  }
}
