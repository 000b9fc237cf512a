import { RackhandError } from '../../../builder/shared/errors.ts';

/**
 * What is wrong with a template, before it is known which one it is. nunjucks hands on an error that has a line, and
 * tells it the file by `Update`: the innermost one first.
 */
export class TemplateFault extends Error {
  readonly code: string;
  readonly mend: string;
  /** From 1; 0 when it is not known. */
  lineno: number;
  file: string | undefined;

  constructor(code: string, message: string, mend: string, lineno = 0) {
    super(message);
    this.code = code;
    this.mend = mend;
    this.lineno = lineno;
  }

  /** The name is nunjucks' own. */
  Update(path: string): this {
    this.file ??= path;
    return this;
  }
}

/** `template FILE, line N: …`, whatever was thrown. */
export function templateError(error: unknown, name: string): RackhandError {
  if (error instanceof RackhandError) return error;
  if (error instanceof TemplateFault) {
    const at = `template ${error.file ?? name}${error.lineno > 0 ? `, line ${error.lineno}` : ''}`;
    return new RackhandError(error.code, `${at}: ${error.message}`, error.mend);
  }
  const what = error instanceof Error ? error.message : String(error);
  return new RackhandError('template-failed', `template ${name}: ${what}`, 'correct the template');
}
