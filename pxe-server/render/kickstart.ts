import { RackhandError } from '../../builder/shared/errors.ts';
import { checkKickstart } from '../kickstart/check.ts';
import type { Finding } from '../kickstart/findings.ts';
import { RELEASES, type Release, releaseTitle } from '../kickstart/releases.ts';
import { buildContext, type KickstartTold } from './context/build.ts';
import { KickstartContext } from './context/schema.ts';
import { storageLines } from './storage-lines.ts';
import { shapeOf } from './template/shape.ts';
import type { ContextShape, Templates } from './template.ts';

/** What every kickstart template may use, as templates are compared with it. */
export const KICKSTART_SHAPE = shapeOf(KickstartContext) as ContextShape;

/** Renders checked templates: in this process, or for those of the site in one without rights. */
export type Render = (name: string, context: KickstartContext) => string | Promise<string>;

/** Of an installer whose release nobody told: its kickstart has to be right for one of them. */
export const ASSUMED: Release = 'el9';

/**
 * The kickstart of a host, read again as its installer will read it.
 * @throws RackhandError kickstart-invalid, with template, host, line and what is wrong; and as Templates.render,
 *   buildContext
 */
export async function renderKickstart(
  render: Render,
  name: string,
  told: Omit<KickstartTold, 'release'> & { release?: Release | undefined },
): Promise<string> {
  const { release } = told;
  const text = await render(name, buildContext({ ...told, release: release ?? ASSUMED }));
  refuseInvalid(text, name, told.host.name, release);
  return text;
}

/** Here, without a sandbox. */
export function renderHere(templates: Templates): Render {
  return (name, context) => templates.render(name, context);
}

/** @throws RackhandError kickstart-invalid */
export function refuseInvalid(text: string, name: string, host: string, release: Release | undefined): void {
  const releases = release ? [release] : RELEASES;
  const wrong = releases.map((one) => errorsOf(text, name, one));
  const [first, ...further] = wrong.reduce((least, one) => (one.length < least.length ? one : least));
  if (!first) return;
  const { place, message, code, mend } = first;
  const title = release ? releaseTitle(release) : 'any release';
  const more = further.length > 0 ? `; and ${further.length} more` : '';
  throw new RackhandError(
    'kickstart-invalid',
    `template ${name}, host ${host}: not served, since ${title} would not take line ${place.line}, column ` +
      `${place.column} of ${place.file}: ${message} [${code}]${more}`,
    mend,
  );
}

function errorsOf(text: string, name: string, release: Release): Finding[] {
  const file = name.replace(/\.njk$/, '');
  const { findings } = checkKickstart(text, { release, file, include: storageLines(text) });
  return findings.filter(({ severity }) => severity === 'error');
}
