import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Mac, SmbiosText } from '../../builder/contract/fields.ts';
import { RackhandError } from '../../builder/shared/errors.ts';
import { type BootEndpoint, baseUrl } from '../boot/answer.ts';
import { bootScript, type Loader, type ScriptContext } from '../boot/scripts.ts';
import { renderStart } from '../render/ipxe.ts';
import type { BootTrace } from '../roles/messages.ts';
import { byteRange } from './ranges.ts';

export interface BootHttpContext extends ScriptContext {
  loaders: ReadonlyMap<string, Buffer>;
  /** The kickstart that a token grants; undefined when the token is unknown or late. */
  kickstart: (token: string, base: string) => { text: string; hostId: string } | undefined;
}

/** Firmware's own words: hostile until parsed; a value that does not parse is as if it were not there. */
const Query = z.object({
  mac: Mac.optional().catch(undefined),
  uuid: z.guid().toLowerCase().optional().catch(undefined),
  serial: SmbiosText.optional().catch(undefined),
});

/** Boot files over plain HTTP: a map of names, never paths. */
export function bootHttp(endpoint: BootEndpoint, context: BootHttpContext): FastifyInstance {
  const app = Fastify({ logger: false, bodyLimit: 1024, requestTimeout: 0, keepAliveTimeout: 30_000 });
  const trace = (
    request: FastifyRequest,
    kind: BootTrace['kind'],
    message: string,
    hostId: string | null = null,
  ) => context.trace({ kind, hostId, mac: null, address: request.ip, message });
  const script = (loader: Loader) => (request: FastifyRequest, reply: FastifyReply) =>
    text(reply, bootScript(context, endpoint, loader, Query.parse(request.query), request.ip));

  app.get('/boot/start.ipxe', (_request, reply) => text(reply, renderStart(baseUrl(endpoint))));
  app.get('/boot/host.ipxe', script('ipxe'));
  app.get('/boot/grub.cfg', script('grub'));
  app.get<{ Params: { name: string } }>('/boot/:name', (request, reply) => {
    const loader = context.loaders.get(request.params.name);
    if (!loader) return absent(reply, request.params.name);
    trace(request, 'download', `loader ${request.params.name}`);
    return reply.type('application/efi').send(loader);
  });
  app.get<{ Params: { id: string; file: string } }>('/images/:id/:file', (request, reply) => {
    const image = context.replica()?.images.find((i) => i.id === request.params.id);
    const artifact = image?.artifacts.find((a) => a.file === request.params.file);
    if (!image || !artifact) return absent(reply, 'that image file');
    const range = byteRange(request.headers.range, artifact.size);
    reply.header('accept-ranges', 'bytes').header('etag', `"${artifact.sha256.slice(0, 32)}"`);
    if (!range) return reply.code(416).header('content-range', `bytes */${artifact.size}`).send();
    if (range.partial) {
      reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${artifact.size}`);
    }
    reply.type('application/octet-stream').header('content-length', range.end - range.start + 1);
    if (request.method === 'HEAD') return reply.send();
    trace(
      request,
      'download',
      `${artifact.role} of image ${image.id}${range.partial ? `, from byte ${range.start}` : ''}`,
    );
    const { start, end } = range;
    return reply.send(
      createReadStream(join(image.folder, artifact.file), { start, end, highWaterMark: 1 << 20 }),
    );
  });
  app.get<{ Params: { token: string } }>('/kickstart/:token', (request, reply) => {
    const answer = context.kickstart(request.params.token, baseUrl(endpoint));
    if (!answer) {
      trace(request, 'refused', 'kickstart asked for with a wrong or late token');
      return reply
        .code(403)
        .type('text/plain')
        .send('# token refused: wrong or late; boot the machine again\n');
    }
    trace(request, 'kickstart', 'kickstart delivered', answer.hostId);
    return text(reply, answer.text);
  });
  app.setErrorHandler((error, request, reply) => {
    const known = error instanceof RackhandError;
    trace(request, 'warning', known ? `${error.message}; ${error.mend}` : 'internal error while answering');
    const status = known ? 409 : ((error as { statusCode?: number }).statusCode ?? 500);
    const told = known ? `${error.code}: ${error.message}` : 'the server could not answer';
    return reply.code(status).type('text/plain').send(`# ${told}\n`);
  });
  return app;
}

function text(reply: FastifyReply, body: string): FastifyReply {
  return reply.header('cache-control', 'no-store').type('text/plain; charset=utf-8').send(body);
}

function absent(reply: FastifyReply, what: string): FastifyReply {
  return reply
    .code(404)
    .type('text/plain')
    .send(`# no ${what.replace(/[^\w. -]/g, ' ').slice(0, 80)} here\n`);
}
