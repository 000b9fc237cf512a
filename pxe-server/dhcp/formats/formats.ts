import { stringify } from 'yaml';
import { HostName } from '../../../builder/contract/fields.ts';
import { readDnsmasq, writeDnsmasqHosts, writeDnsmasqLeases } from './dnsmasq.ts';
import type { ExportedLease, LeaseFile, Reservation } from './entries.ts';
import { readIsc, writeIscHosts, writeIscLeases } from './isc.ts';
import { KEA_COLUMNS, readKeaCsv, writeKeaCsv } from './kea-csv.ts';
import { readKeaReservations, writeKeaReservations } from './kea-json.ts';

/** Whose files are read and written. */
export const FORMATS = ['kea', 'isc', 'dnsmasq'] as const;
export type Format = (typeof FORMATS)[number];

/** Leases and reservations of a file; without a format it is told by what the file begins with. @throws RackhandError leases-invalid */
export function readLeaseFile(text: string, file: string, format: Format = formatOf(text)): LeaseFile {
  const plain = text.replace(/^\ufeff/, '');
  if (format === 'isc') return readIsc(plain, file);
  if (format === 'dnsmasq') return readDnsmasq(plain, file);
  if (isCsv(plain)) return readKeaCsv(plain, file);
  return { leases: [], reservations: readKeaReservations(plain, file) };
}

/** By the first line that shows it; in time that grows with the length of the text, whatever is in it. */
export function formatOf(text: string): Format {
  if (isCsv(text.replace(/^\ufeff/, ''))) return 'kea';
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf('\n', from);
    const line = text.slice(from, end < 0 ? undefined : end).trim();
    if (/^([{[]|\/[/*])/.test(line)) return 'kea';
    if (/^(authoring-byte-order|server-duid)\b|^(lease|host)\s+\S+\s*\{/.test(line)) return 'isc';
    from = end < 0 ? text.length : end + 1;
  }
  return 'dnsmasq';
}

function isCsv(text: string): boolean {
  return text.startsWith(`${KEA_COLUMNS.slice(0, 2).join(',')},`);
}

/** @param now milliseconds since the epoch */
export function writeLeases(leases: Iterable<ExportedLease>, format: Format, now: number): Iterable<string> {
  return { kea: writeKeaCsv, isc: writeIscLeases, dnsmasq: writeDnsmasqLeases }[format](leases, now);
}

export function writeReservations(
  reservations: readonly Omit<Reservation, 'line'>[],
  format: Format,
): Iterable<string> {
  if (format === 'kea') return [writeKeaReservations(reservations)];
  return format === 'isc' ? writeIscHosts(reservations) : writeDnsmasqHosts(reservations);
}

/** Reservations as a file for `rackhand hosts import`; a name that no host can have gives way to the MAC. */
export function hostsFile(reservations: readonly Reservation[], format: 'csv' | 'yaml' = 'yaml'): string {
  const names = new Set<string>();
  const hosts = reservations.map(({ macs, address, name }) => {
    const lower = name?.toLowerCase();
    const fits = lower !== undefined && HostName.safeParse(lower).success && !names.has(lower);
    const called = fits ? lower : `host-${macs[0]!.replaceAll(':', '')}`;
    names.add(called);
    return { name: called, macs, address };
  });
  if (format === 'yaml') return stringify({ hosts });
  const rows = hosts.map(({ name, macs, address }) => `${name},${macs.join(' ')},${address}\n`);
  return `name,macs,address\n${rows.join('')}`;
}
