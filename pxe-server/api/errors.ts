import type { FastifyReply, FastifyRequest } from 'fastify';
import { RackhandError } from '../../builder/shared/errors.ts';

/** Every error code of the API with its HTTP status: the only place that maps them. */
export const ERRORS = {
  'request-invalid': 400,
  'token-missing': 401,
  'not-found': 404,
  'host-absent': 404,
  'boot-absent': 404,
  'image-absent': 404,
  'kickstart-absent': 404,
  'installer-absent': 409,
  'secure-boot-impossible': 409,
  'host-collides': 409,
  'state-wrong': 409,
  'host-not-waiting': 409,
  'lease-absent': 404,
  'dhcp-off': 409,
  'leases-invalid': 422,
  'leases-unwritten': 503,
  'hosts-invalid': 422,
  'address-outside': 422,
  'template-unknown': 404,
  'version-absent': 404,
  'template-changed': 409,
  'template-used': 409,
  'template-unfit': 422,
  'template-absent': 422,
  'template-syntax': 422,
  'template-undefined': 422,
  'template-refused': 422,
  'template-unquoted': 422,
  'template-failed': 422,
  'template-endless': 422,
  'kickstart-unset': 409,
  'kickstart-invalid': 422,
  'install-unfit': 422,
  'disks-unfit': 422,
  'image-unknown': 409,
  'image-incomplete': 409,
  'tool-missing': 503,
  'plan-impossible': 422,
  'address-taken': 422,
  'too-many-requests': 429,
  internal: 500,
  'role-silent': 503,
  'role-ended': 503,
} as const;
export type ErrorCode = keyof typeof ERRORS;

/** What helps against what Fastify refuses, by status. */
const CORRECT = 'correct what is named; each request is described in /api/v1/openapi.json';
const MENDS: Record<number, string> = {
  413: 'send it in parts: a file of hosts may be cut between two of them',
  415: 'send JSON, with content-type: application/json',
};

/** Errors of the table with their words; anything else as "internal", its inside only in our own log. */
export function replyWithError(onInternal: (error: unknown) => void) {
  return (error: unknown, _request: FastifyRequest, reply: FastifyReply) => {
    if (error instanceof RackhandError && error.code in ERRORS && error.code !== 'internal') {
      const { code, message, mend } = error;
      return reply.code(ERRORS[code as ErrorCode]).send({ code, message, mend });
    }
    const status = (error as { statusCode?: number }).statusCode;
    if (error instanceof Error && status !== undefined && status >= 400 && status < 500) {
      return reply
        .code(status)
        .send({ code: 'request-invalid', message: error.message, mend: MENDS[status] ?? CORRECT });
    }
    onInternal(error);
    return reply.code(500).send({
      code: 'internal',
      message: 'the server could not answer',
      mend: 'look at the log of role control',
    });
  };
}
