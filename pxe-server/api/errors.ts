import type { FastifyReply, FastifyRequest } from 'fastify';
import { RackhandError } from '../../builder/shared/errors.ts';

/** HTTP status of an error code: the only place that maps them. */
const STATUS: Record<string, number> = {
  'host-absent': 404,
  'image-absent': 404,
  'host-collides': 409,
  'state-wrong': 409,
  'hosts-invalid': 422,
  'role-silent': 503,
};

/** Known errors with their words; anything else as "internal", its inside only in our own log. */
export function replyWithError(onInternal: (error: unknown) => void) {
  return (error: unknown, _request: FastifyRequest, reply: FastifyReply) => {
    if (error instanceof RackhandError) {
      const status = STATUS[error.code] ?? 400;
      return reply.code(status).send({ code: error.code, message: error.message, mend: error.mend });
    }
    const status = (error as { statusCode?: number }).statusCode;
    if (error instanceof Error && status !== undefined && status < 500) {
      return reply
        .code(status)
        .send({ code: 'request-invalid', message: error.message, mend: 'see /api/v1/openapi.json' });
    }
    onInternal(error);
    return reply.code(500).send({
      code: 'internal',
      message: 'the server could not answer',
      mend: 'look at the log of role control',
    });
  };
}
