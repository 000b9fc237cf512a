/**
 * Every error a user can cause or meet: a stable code, what happened, and what to do about it.
 * Anything else that is thrown is a defect and is reported as such, without inside detail.
 */
export class RackhandError extends Error {
  override readonly name = 'RackhandError';
  readonly code: string;
  /** What the reader can do now; one sentence. */
  readonly mend: string;

  constructor(code: string, what: string, mend: string, options?: { cause?: unknown }) {
    super(what, options);
    this.code = code;
    this.mend = mend;
  }
}

/** Lines for a terminal: what happened, then the mend. */
export function explain(error: unknown): string {
  if (error instanceof RackhandError) return `error [${error.code}]: ${error.message}\n  mend: ${error.mend}`;
  if (error instanceof Error) return `internal error: ${error.stack ?? error.message}`;
  return `internal error: ${String(error)}`;
}

/** The errno name ("ENOENT") of a system error, or undefined. */
export function errno(error: unknown): string | undefined {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string') {
    return error.code;
  }
  return undefined;
}
