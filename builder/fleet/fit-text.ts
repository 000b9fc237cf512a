import { RackhandError } from '../shared/errors.ts';
import type { HostFit, Lack } from './fit.ts';

/** Host by host: a line that says it fits, or the devices that would be lost. */
export function renderFit(image: string, hosts: readonly HostFit[]): string {
  return [`image ${image}`, ...hosts.flatMap(renderHost)].join('\n');
}

function renderHost({ name, driven, devices, unknown, lacks }: HostFit): string[] {
  const kinds = devices === 1 ? '1 kind of device' : `${devices} kinds of devices`;
  const rest = `${kinds}: ${driven} driven, ${unknown} that no module answers to`;
  const told = lacks.length === 0 ? 'fits' : `lacks ${lacks.length}`;
  return [`  ${name}: ${told} (${rest})`, ...lacks.map((lack) => `    ${renderLack(lack)}`)];
}

const NAMES_SHOWN = 4;

function renderLack({ device, what, names, why }: Lack): string {
  const more = names.length - NAMES_SHOWN;
  const shown = [...names.slice(0, NAMES_SHOWN), ...(more > 0 ? [`${more} more`] : [])].join(', ');
  return `${device}: no ${what}${shown === '' ? '' : ` (${shown})`}; ${why}`;
}

/** @throws RackhandError fleet-unfit */
export function assertFits(image: string, hosts: readonly HostFit[]): void {
  const unfit = hosts.filter(({ lacks }) => lacks.length > 0).map(({ name }) => name);
  if (unfit.length === 0) return;
  const named = `${unfit.slice(0, 5).join(', ')}${unfit.length > 5 ? `, ${unfit.length - 5} more` : ''}`;
  throw new RackhandError(
    'fleet-unfit',
    `image ${image} does not fit ${unfit.length} of ${hosts.length} hosts: ${named}`,
    'keep the modules named above (build --fleet does), or add the packages that have what is missing',
  );
}
