import type { Server } from 'node:https';
import rateLimit from '@fastify/rate-limit';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { z } from 'zod';
import {
  BootKey,
  BootReport,
  Heartbeat,
  type HeartbeatReply,
  INSTALL_REPORT_BYTES,
  InstallReport,
  PairRequest,
  RegisterRequest,
  RenewRequest,
} from '../../builder/contract/agent-protocol.ts';
import { Token } from '../../builder/contract/fields.ts';
import type { RackhandError } from '../../builder/shared/errors.ts';
import type { PairingDesk } from '../api/pairing.ts';
import type { BootReports } from '../enrol/boot-reports.ts';
import type { Enrolment } from '../enrol/enrolment.ts';
import type { InstallReports } from '../enrol/install-reports.ts';
import { BOOT_AGAIN, RefusalError } from '../enrol/refusal.ts';
import { type ServiceTls, tlsOptions } from '../enrol/service-tls.ts';
import type { Host } from '../hosts/model.ts';
import type { AgentFact, Step } from '../trace/entry.ts';
import { bounded, limits } from './limits.ts';

export interface AgentHttpContext {
  tls: ServiceTls;
  serviceCa: string;
  enrolment: Enrolment;
  reports: BootReports;
  installs: InstallReports;
  pairing: PairingDesk;
  tokenMinutes: number;
  onHeartbeat: (host: Host, heartbeat: Heartbeat, peer: string) => Promise<HeartbeatReply>;
  onWrongPairing: (peer: string) => void;
  /** What agents and initramfses ask and say, as steps of their boots. */
  onStep?: (step: Step) => void;
  onInternal: (error: unknown) => void;
}

/** The agent's HTTPS endpoint (builder/contract/agent-protocol.ts). */
export async function agentHttp(context: AgentHttpContext): Promise<FastifyInstance> {
  const answerError = errorAnswer(context.onInternal);
  const app = Fastify({
    ...limits(context.tls),
    bodyLimit: 1 << 20,
    logger: false,
    // Addresses that no router can read: told as any other error.
    frameworkErrors: answerError,
  }) as unknown as FastifyInstance;
  bounded(app);
  await app.register(rateLimit, { max: 300, timeWindow: 60_000 });

  const tell = (request: FastifyRequest, fact: Omit<AgentFact, 'layer'>, hostId?: string) => {
    const now = Date.now();
    const clock = clockOf(request.headers.date, now);
    const told: AgentFact = { layer: 'agent', ...fact, ...(clock === undefined ? {} : { clock }) };
    context.onStep?.({
      at: now,
      address: request.ip,
      fact: told,
      ...(hostId === undefined ? {} : { hostId }),
    });
  };
  (app.server as unknown as Server).on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    const address = socket.remoteAddress;
    if (address === undefined || error.code === 'ECONNRESET') return;
    const message = tlsWords(error);
    context.onStep?.({
      ...{ at: Date.now(), address },
      fact: { layer: 'agent', step: 'tls-failed', code: error.code ?? '', message },
    });
  });

  app.get('/agent/v1/ca', (request, reply) => {
    tell(request, { step: 'ca' });
    return reply.type('application/x-pem-file').send(context.serviceCa);
  });
  app.post('/agent/v1/pair', { config: { rateLimit: { max: 10, timeWindow: 60_000 } } }, async (request) => {
    const { code } = pairRequest(request);
    const redeemed = context.pairing.redeem(code, context.tokenMinutes);
    if (!redeemed) {
      context.onWrongPairing(request.ip);
      throw new RefusalError(
        403,
        'code-wrong',
        'wrong or late pairing code',
        'take a new code from the web page',
      );
    }
    await context.enrolment.tokens.accept([redeemed.row]);
    return { token: redeemed.token };
  });
  app.post(
    '/agent/v1/report',
    { bodyLimit: 2048, config: { rateLimit: { max: 30, timeWindow: 60_000 } } },
    async (request, reply) => {
      const report = body(BootReport, request);
      const about = await context.reports.received(bearer(request, BootKey), report, request.ip);
      const { code, final, message } = report;
      context.onStep?.({
        at: Date.now(),
        address: request.ip,
        ...about,
        fact: { layer: 'report', code, final, message },
      });
      return reply.code(204).send();
    },
  );
  // Shell and curl of an installer: a form is what they can write. Text that is no form is no report.
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: INSTALL_REPORT_BYTES },
    (_request, text, done) => done(null, Object.fromEntries(new URLSearchParams(text as string))),
  );
  app.post(
    '/agent/v1/install',
    { bodyLimit: INSTALL_REPORT_BYTES, config: { rateLimit: { max: 60, timeWindow: 60_000 } } },
    async (request, reply) => {
      await context.installs.received(bearer(request), body(InstallReport, request), request.ip);
      return reply.code(204).send();
    },
  );
  app.post('/agent/v1/register', async (request, reply) => {
    const answer = await context.enrolment
      .register(bearer(request), body(RegisterRequest, request), request.ip)
      .catch((error) => {
        if (error instanceof RefusalError && error.status !== 503)
          tell(request, { step: 'refused', code: error.code, message: error.message });
        throw error;
      });
    if (answer.state === 'pending') tell(request, { step: 'waits', message: answer.message });
    else tell(request, { step: 'registered', message: answer.hostName }, answer.hostId);
    return reply.code(answer.state === 'pending' ? 202 : 200).send(answer);
  });
  app.post('/agent/v1/heartbeat', async (request) => {
    const host = await context.enrolment.session(bearer(request));
    return context.onHeartbeat(host, body(Heartbeat, request), request.ip);
  });
  app.post('/agent/v1/renew', async (request) => {
    const { csr } = body(RenewRequest, request);
    return context.enrolment.renew(bearer(request), csr, request.ip);
  });

  app.setErrorHandler(answerError);
  app.setNotFoundHandler((_request, reply) =>
    reply
      .code(404)
      .send({ code: 'not-found', message: 'no such address', mend: 'agent and server must fit each other' }),
  );
  return app;
}

/** Refusals in their own words; anything that is no client's fault is ours, and told to the log. */
function errorAnswer(onInternal: (error: unknown) => void) {
  return (error: unknown, _request: FastifyRequest, reply: FastifyReply) => {
    if (error instanceof RefusalError) return reply.code(error.status).send(refusal(error));
    const status = (error as { statusCode?: number }).statusCode;
    if (status === 429) return reply.code(status).send(TOO_MANY);
    if (status !== undefined && status < 500) {
      const message = error instanceof Error ? error.message : 'refused';
      return reply
        .code(status)
        .send({ code: 'request-invalid', message, mend: 'agent and server must fit each other' });
    }
    onInternal(error);
    return reply
      .code(503)
      .send({ code: 'internal', message: 'the server could not answer', mend: 'it is tried again' });
  };
}

/** For connections from now on; those that are open keep theirs. */
export function replaceTls(app: FastifyInstance, tls: ServiceTls): void {
  (app.server as unknown as Server).setSecureContext(tlsOptions(tls));
}

/** Seconds by which the sender's clock is ahead, as far as it says (RFC 9110 6.6.1); undefined when it does not. */
function clockOf(date: string | undefined, now: number): number | undefined {
  const told = date === undefined ? Number.NaN : Date.parse(date);
  return Number.isNaN(told) ? undefined : Math.round((told - now) / 1000);
}

/** OpenSSL's words without the places in its source: "tlsv1 alert unknown ca". */
function tlsWords({ message }: Error): string {
  const parts = message.split(':').map((part) => part.trim());
  return (parts.find((part) => /alert|version|unknown|expired|certificate/i.test(part)) ?? message).slice(
    0,
    200,
  );
}

/** With Retry-After in the header. */
const TOO_MANY = { code: 'too-many', message: 'too many requests', mend: 'wait a minute' };

/** A person typed the code: what is wrong with it is told in their words. */
function pairRequest(request: FastifyRequest): z.output<typeof PairRequest> {
  const parsed = PairRequest.safeParse(request.body);
  if (parsed.success) return parsed.data;
  const what = 'a pairing code has eight digits';
  throw new RefusalError(400, 'code-malformed', what, 'type the eight digits that the web page shows');
}

function refusal(error: RackhandError): { code: string; message: string; mend: string } {
  return { code: error.code, message: error.message, mend: error.mend };
}

function bearer(request: FastifyRequest, kind: z.ZodType<string> = Token): string {
  const token = kind.safeParse(/^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1]);
  if (token.success) return token.data;
  throw new RefusalError(401, 'token-unknown', 'no usable token in the request', BOOT_AGAIN);
}

function body<S extends z.ZodType>(schema: S, request: FastifyRequest): z.output<S> {
  const parsed = schema.safeParse(request.body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const what = `${issue.path.join('.') || 'body'}: ${issue.message}`;
  throw new RefusalError(400, 'request-invalid', what, 'agent and server must fit each other');
}
