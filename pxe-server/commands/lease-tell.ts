import type { LeaseImportReply, LeaseRow } from '../api/lease-schemas.ts';
import { NEVER } from '../dhcp/formats/entries.ts';
import { columns, time } from './tell.ts';

/** Leases and what became of an import, for people at a terminal. */

export function leaseTable(leases: readonly LeaseRow[]): string {
  if (leases.length === 0) return 'no leases\n';
  const head = ['ADDRESS', 'CLIENT', 'HOST', 'STATE', 'ENDS', 'SEEN'];
  const rows = leases.map(({ address, client, host, state, ends, seen, reserved }) => [
    reserved ? `${address} (reserved)` : address,
    client,
    host ? `${host.name} (${host.state})` : '',
    state,
    state === 'released' ? '' : Date.parse(ends) >= NEVER ? 'never' : time(ends),
    seen.at === null ? seen.how : `${seen.how} ${time(seen.at)}`,
  ]);
  return columns([head, ...rows]);
}

/** Lines of what is left out that are shown; the rest is a number. */
const SHOWN = 50;

export function importText(
  { taken, leftOut, reservations }: LeaseImportReply,
  file: string,
  dryRun: boolean,
  hosts: string | undefined,
): string {
  const told = leftOut
    .slice(0, SHOWN)
    .map(({ line, address, client, told }) => `${file}:${line}: ${address} of ${client} left out: ${told}\n`);
  if (leftOut.length > SHOWN) told.push(`… and ${leftOut.length - SHOWN} more (--json has all)\n`);
  told.push(`${taken} leases ${dryRun ? 'would be ' : ''}imported, ${leftOut.length} left out\n`);
  if (reservations > 0) told.push(`${reservations} reservations ${reservationsText(dryRun, hosts)}\n`);
  return told.join('');
}

function reservationsText(dryRun: boolean, hosts: string | undefined): string {
  if (hosts === undefined) return 'left out: --hosts FILE writes them for rackhand hosts import';
  return dryRun ? `would be written to ${hosts}` : `written to ${hosts}: rackhand hosts import ${hosts}`;
}
