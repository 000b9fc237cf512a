import { z } from 'zod';
import { RackhandError } from '../../builder/shared/errors.ts';
import type { Host } from '../hosts/model.ts';
import type { Attempt } from '../trace/attempt.ts';
import { pcapng } from '../trace/pcapng.ts';
import * as shapes from './boot-schemas.ts';
import { streamBoot } from './boot-stream.ts';
import { bootAnswer } from './boot-views.ts';
import { type Api, type ApiContext, described } from './routes.ts';
import { IdParams } from './schemas.ts';

/** Why a host did not boot, its boot as it happens, and its packets. */
export function bootRoutes(api: Api, { registry, traces, onInternal }: ApiContext): void {
  api.get(
    '/hosts/:id/why',
    {
      schema: {
        ...described(
          'Why a host did not boot: the steps of an attempt, and what they show',
          shapes.BootAnswer,
        ),
        ...{ params: IdParams, querystring: shapes.BootQuery },
      },
    },
    (request) => {
      const host = registry.get(request.params.id);
      const all = traces.attemptsOf(host);
      const { boot } = request.query;
      return bootAnswer(traces, host, boot === undefined ? all[0] : chosen(host, all, boot), all);
    },
  );
  const stream = {
    description: 'Server-sent events: BootStep, and "diagnosis" with BootDiagnosis when one is new',
    content: { 'text/event-stream': { schema: z.string() } },
  };
  const { response } = described('', shapes.BootStep);
  api.get(
    '/hosts/:id/boots/stream',
    {
      schema: {
        summary: 'Follow the boot of a host, step by step',
        ...{ response: { ...response, 200: stream }, params: IdParams },
      },
    },
    async (request, reply) => {
      await streamBoot(traces, registry.get(request.params.id), reply, onInternal);
      return reply;
    },
  );
  api.get(
    '/hosts/:id/boots/:boot/pcapng',
    {
      schema: {
        summary: 'The packets of an attempt with our words as comments, for Wireshark',
        response: {
          ...response,
          200: { description: 'pcapng', content: { 'application/octet-stream': { schema: z.string() } } },
        },
        params: IdParams.extend({ boot: z.iso.datetime().describe('when it began') }),
      },
    },
    async (request, reply) => {
      const host = registry.get(request.params.id);
      const all = traces.attemptsOf(host);
      const attempt = chosen(host, all, request.params.boot);
      const bytes = pcapng(host.name, attempt, traces.explain(host, attempt, all).diagnoses);
      const name = `${host.name}-${request.params.boot.replaceAll(':', '')}.pcapng`;
      // Past the serializer, which knows JSON alone.
      reply.hijack();
      reply.raw.writeHead(200, {
        'content-type': 'application/octet-stream',
        'content-length': bytes.length,
        'content-disposition': `attachment; filename="${name}"`,
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      });
      reply.raw.end(bytes);
      return reply;
    },
  );
}

/** @throws RackhandError boot-absent */
function chosen({ name }: Host, all: readonly Attempt[], boot: string): Attempt {
  const attempt = all.find(({ startedAt }) => startedAt === Date.parse(boot));
  if (attempt) return attempt;
  if (all.length === 0)
    throw new RackhandError(
      'boot-absent',
      `no boot of ${name} was seen`,
      `see what to do: rackhand hosts why ${name}`,
    );
  const known = all.map(({ startedAt }) => new Date(startedAt).toISOString()).join(', ') || 'none';
  throw new RackhandError('boot-absent', `no boot of ${name} at ${boot} is kept`, `those that are: ${known}`);
}
