import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import Fastify, { type FastifyInstance } from 'fastify';
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { RackhandError } from '../../builder/shared/errors.ts';
import { sha256 } from '../../builder/shared/ids.ts';
import { bounded, limits } from '../http/limits.ts';
import { registerUi, type UiFiles } from '../ui/files.ts';
import { replyWithError } from './errors.ts';
import { type ApiContext, routes } from './routes.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of the token that came with it; "" where none did, or one that is not known. */
    tokenName: string;
  }
}
/** Milliseconds to send a request: what is imported may be large, and come from far. */
const UPLOAD_MS = 300_000;
const TOKEN = /^Bearer ([0-9a-f]{32})$/;
/** Requests a minute. The page asks for some fifty files; automation sets up hosts by the thousand. */
const ADDRESS_REQUESTS = 3000;
const TOKEN_REQUESTS = 60_000;
/** Characters of a part of a path: what schemas let pass, names of 253 and client identifiers of 520, and some more. */
const LONGEST_PARAMETER = 600;

/**
 * REST under /api/v1, its OpenAPI document, and the page. Everything but the page's own files and the
 * OpenAPI document wants `Authorization: Bearer TOKEN`.
 */
export async function apiServer(context: ApiContext, ui: UiFiles): Promise<FastifyInstance> {
  const answerError = replyWithError(context.onInternal);
  const app = Fastify({
    ...limits(),
    requestTimeout: UPLOAD_MS,
    logger: false,
    bodyLimit: 8 << 20,
    forceCloseConnections: true,
    exposeHeadRoutes: false, // HEAD of the event stream would never end
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
    // Addresses that no router can read: told as any other error.
    frameworkErrors: answerError,
  });
  bounded(app);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ code: 'not-found', message: 'no such address', mend: 'see /api/v1/openapi.json' }),
  );
  app.decorateRequest('tokenName', '');
  app.addHook('onRequest', async (request) => {
    const given = TOKEN.exec(request.headers.authorization ?? '')?.[1];
    if (given !== undefined) request.tokenName = (await context.tokenName(sha256(given))) ?? '';
  });
  // A token has a count of its own: all of a site may come from the one address of a proxy.
  await app.register(rateLimit, {
    keyGenerator: ({ tokenName, ip }) => (tokenName ? `token ${tokenName}` : ip),
    max: ({ tokenName }) => (tokenName ? TOKEN_REQUESTS : ADDRESS_REQUESTS),
    timeWindow: 60_000,
    errorResponseBuilder: ({ tokenName }, { after }) => {
      const whose = tokenName ? `with the token ${tokenName}` : 'from one address without a token';
      return new RackhandError('too-many-requests', `too many requests ${whose}`, `go on in ${after}`);
    },
  });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Rackhand', version: context.version },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
  });
  await app.register(
    async (api) => {
      api.addHook('onRequest', async (request, reply) => {
        reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
        if (request.tokenName) return;
        await reply
          .code(401)
          .header('www-authenticate', 'Bearer')
          .send({
            code: 'token-missing',
            message: TOKEN.test(request.headers.authorization ?? '')
              ? 'the token is not known'
              : 'a token is needed',
            mend: 'the first token is in the state folder of the service: control/api-token',
          });
      });
      await routes(api, context);
    },
    { prefix: '/api/v1' },
  );
  let document: string | undefined; // anybody may ask, and it takes long to write
  app.get('/api/v1/openapi.json', { schema: { hide: true } }, (_request, reply) => {
    document ??= JSON.stringify(app.swagger());
    return reply.type('application/json; charset=utf-8').send(document);
  });
  registerUi(app, ui);
  return app;
}
