import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Mac, SmbiosText } from '../../builder/contract/fields.ts';
import { RackhandError } from '../../builder/shared/errors.ts';
import { agentsUrl, type BootEndpoint, baseUrl } from '../boot/answer.ts';
import { imageFile, installerFile, type NamedFile, rootfsFile } from '../boot/files.ts';
import type { KickstartAnswer, KickstartAsk } from '../boot/kickstarts.ts';
import { bootScript, preview, type ScriptContext } from '../boot/scripts.ts';
import { shownBy } from '../boot/shown.ts';
import type { ServiceTls } from '../enrol/service-tls.ts';
import { renderGrubStart } from '../render/grub.ts';
import { renderStart } from '../render/ipxe.ts';
import { waitTime } from '../render/waiting.ts';
import type { BootTrace } from '../roles/messages.ts';
import type { Step } from '../trace/entry.ts';
import { handOver } from './hand-over.ts';
import { bounded, limits } from './limits.ts';
import { type Delivery, sendNamedFile } from './named-file.ts';
import { traceRequests } from './trace-requests.ts';

export interface BootHttpContext extends ScriptContext {
  loaders: ReadonlyMap<string, Buffer>;
  kickstart: (ask: KickstartAsk) => Promise<KickstartAnswer>;
  /** Who sends images and other large files; Node itself when absent. */
  delivery?: Delivery;
  /** The catalog, where nginx stands before us and sends from it. */
  nginx?: { catalog: string };
  /** For an endpoint over TLS. */
  tls?: ServiceTls;
  /** A defect of ours: for the log, never for the machine. */
  onInternal: (error: unknown) => void;
  /** Each answer, when it has ended. */
  onStep?: (step: Step) => void;
}

/** Firmware's own words: hostile until parsed; a value that does not parse is as if it were not there. */
const Query = z.object({
  mac: Mac.optional().catch(undefined),
  uuid: z.guid().toLowerCase().optional().catch(undefined),
  serial: SmbiosText.optional().catch(undefined),
});

type Handler<Params = unknown> = (
  request: FastifyRequest<{ Params: Params }>,
  reply: FastifyReply,
) => FastifyReply | Promise<FastifyReply>;

/** Boot files over plain HTTP: a map of names, never paths. */
export function bootHttp(endpoint: BootEndpoint, context: BootHttpContext): FastifyInstance {
  const app = Fastify({
    ...{ logger: false, bodyLimit: 1024, exposeHeadRoutes: false },
    ...limits(context.tls),
    // From nginx, which runs where we do: the machine's address is what it says.
    trustProxy: context.nginx ? [endpoint.address] : false,
    frameworkErrors: (_error, _request, reply) => void absent(reply, 'such address'),
  }) as unknown as FastifyInstance;
  bounded(app);
  const delivery: Delivery = {
    ...context.delivery,
    ...(context.nginx && { handOver: handOver(endpoint.address, context.nginx.catalog) }),
  };
  if (context.onStep) traceRequests(app, context.onStep);
  const trace = (
    request: FastifyRequest,
    kind: BootTrace['kind'],
    message: string,
    hostId: string | null = null,
  ) => context.trace({ kind, hostId, mac: null, address: request.ip, message });

  const file = <Params>(url: string, handler: Handler<Params>) =>
    app.route({ method: ['GET', 'HEAD'], url, handler: handler as Handler });
  /** Asking for these has an effect: a token is minted, an event written. HEAD must not (RFC 9110 9.2.1). */
  const getOnly = <Params>(url: string, handler: Handler<Params>) => {
    app.get(url, handler as Handler);
    app.head(url, (_request, reply) => reply.code(405).header('allow', 'GET').send());
  };

  file('/boot/start.ipxe', (_request, reply) => text(reply, renderStart(baseUrl(endpoint))));
  file('/boot/grub.cfg', (_request, reply) => text(reply, renderGrubStart()));
  getOnly('/boot/host.ipxe', (request, reply) =>
    text(reply, bootScript(context, endpoint, 'ipxe', Query.parse(request.query), request.ip)),
  );
  // GRUB of EL asks for the size by HEAD before it gets anything, over the firmware's HTTP.
  file<{ mac: string }>('/boot/grub.cfg-01-:mac', (request, reply) => {
    const mac = Mac.safeParse(request.params.mac);
    if (!mac.success) return absent(reply, 'grub.cfg for that MAC');
    const scripts = request.method === 'HEAD' ? preview(context) : context;
    return text(reply, bootScript(scripts, endpoint, 'grub', { mac: mac.data }, request.ip));
  });
  file<{ name: string }>('/boot/:name', (request, reply) => {
    const loader = context.loaders.get(request.params.name);
    if (!loader) return absent(reply, request.params.name || 'such address');
    if (request.method === 'GET') trace(request, 'download', `loader ${request.params.name}`);
    return reply.type('application/efi').send(loader);
  });
  const named = (
    request: FastifyRequest,
    reply: FastifyReply,
    found: NamedFile | undefined,
    asked: string,
  ) => {
    if (!found) return absent(reply, asked);
    const onDownload = (from: number) => {
      trace(request, 'download', from > 0 ? `${found.what}, from byte ${from}` : found.what);
      const onEnd = context.turns?.download(request.ip);
      return (isToTheEnd: boolean) => onEnd?.(isToTheEnd && found.role === 'rootfs');
    };
    return sendNamedFile(request, reply, found, delivery, onDownload, ({ message, mend }) =>
      trace(request, 'warning', `${message}; ${mend}`),
    );
  };
  file<{ id: string; file: string }>('/images/:id/:file', (request, reply) => {
    const { id, file } = request.params;
    return named(request, reply, imageFile(context.replica(), id, file), 'that image file');
  });
  // Asked for by media, which no script told to wait; one that goes on with a download has had its turn.
  file<{ sha256: string }>('/rootfs/:sha256', (request, reply) => {
    const found = rootfsFile(context.replica(), request.params.sha256);
    const begins = request.method === 'GET' && request.headers.range === undefined;
    const waits = request.headers['rackhand-waits'] === 'yes';
    const turn = found && begins ? context.turns?.askMedium(found.size, request.ip, waits) : undefined;
    if (turn && !turn.go) {
      const told = `place ${turn.place} of ${turn.of}, about ${waitTime(turn.seconds)}`;
      reply.code(503).header('retry-after', turn.askIn).header('rackhand-queue', told);
      return text(reply, `# ${told}\n`);
    }
    return named(request, reply, found, 'root of that digest');
  });
  file<{ name: string; part: string }>('/installers/:name/:part', (request, reply) => {
    const { name, part } = request.params;
    return named(request, reply, installerFile(context.replica(), name, part), 'that installer file');
  });
  getOnly<{ token: string }>('/kickstart/:token', async (request, reply) => {
    const answer = await context.kickstart({
      ...{ token: request.params.token, address: request.ip, shown: shownBy(request.headers) },
      ...{ base: baseUrl(endpoint), agents: agentsUrl(endpoint, context.httpsPort) },
    });
    // curl of the initramfs tries again (Retry-After, RFC 9110 10.2.3).
    if (answer.kind === 'busy') return text(reply.code(503).header('retry-after', 1), '# being made\n');
    const { kind, message } = kickstartTrace(answer);
    context.trace({ kind, hostId: answer.hostId, mac: answer.mac, address: request.ip, message });
    if (answer.kind === 'given') return text(reply, answer.text);
    return text(reply.code(403), '# token refused: wrong, late or used; arm the host and boot it again\n');
  });
  app.setNotFoundHandler((_request, reply) => absent(reply, 'such address'));
  app.setErrorHandler((error, request, reply) => refuse(error, request, reply, context, trace));
  return app;
}

/** What becomes of a request for a kickstart, as an event; who asked is told with it. */
function kickstartTrace(
  answer: Exclude<KickstartAnswer, { kind: 'busy' }>,
): Pick<BootTrace, 'kind' | 'message'> {
  if (answer.kind === 'refused') {
    const kind = answer.code === 'not-armed' ? 'refused' : answer.code;
    return { kind, message: `${REFUSED[answer.code]}: ${answer.why}` };
  }
  if (answer.times === 1) return { kind: 'kickstart', message: `kickstart delivered; ${answer.said}` };
  const message = `kickstart delivered to the same machine again (${answer.times} times), as a download may break off`;
  return { kind: 'kickstart-again', message };
}

const REFUSED: Record<Extract<KickstartAnswer, { kind: 'refused' }>['code'], string> = {
  'unknown-token': 'kickstart refused, unknown token',
  'late-use': 'kickstart refused, asked for too late',
  'second-use': 'kickstart refused, asked for by a second machine',
  'wrong-host': 'kickstart refused, asked for by a machine that is not its host',
  'not-armed': 'kickstart refused',
};

/** Our own words for what we know; a client's fault by its status alone; anything else is ours and told to the log. */
function refuse(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { onInternal }: BootHttpContext,
  trace: (request: FastifyRequest, kind: BootTrace['kind'], message: string) => void,
): FastifyReply {
  if (error instanceof RackhandError) {
    trace(request, 'warning', `${error.message}; ${error.mend}`);
    return text(reply.code(409), `# ${error.code}: ${error.message.replace(/\s+/g, ' ')}\n`);
  }
  const { statusCode = 500 } = error as { statusCode?: number };
  if (statusCode < 500) return text(reply.code(statusCode), '# that request cannot be answered\n');
  onInternal(error);
  trace(request, 'warning', 'internal error while answering; look at the log of role boot');
  return text(reply.code(500), '# the server could not answer\n');
}

function text(reply: FastifyReply, body: string): FastifyReply {
  return reply.header('cache-control', 'no-store').type('text/plain; charset=utf-8').send(body);
}

function absent(reply: FastifyReply, what: string): FastifyReply {
  return text(reply.code(404), `# no ${what.replace(/[^\w. -]/g, ' ').slice(0, 80)} here\n`);
}
