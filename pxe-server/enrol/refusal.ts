import { RackhandError } from '../../builder/shared/errors.ts';

/** A refusal that the agent shows on the console; the HTTP status is part of the protocol. */
export class RefusalError extends RackhandError {
  readonly status: 400 | 401 | 403 | 404 | 409 | 503;

  constructor(status: RefusalError['status'], code: string, what: string, mend: string) {
    super(code, what, mend);
    this.status = status;
  }
}

export const BOOT_AGAIN = 'boot the machine again; each boot gets a token of its own';
