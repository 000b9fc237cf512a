import { parseIpv4 } from '../../net/ipv4.ts';
import {
  type ExportedLease,
  type FileLease,
  hexOf,
  identifierKey,
  identifierOf,
  invalid,
  type LeaseFile,
  macOf,
  NEVER,
  NOBODY,
  newest,
} from './entries.ts';

/** Columns of Kea's memfile for IPv4, as Kea 2.2 writes them; later versions add some at the end. */
export const KEA_COLUMNS = [
  'address',
  'hwaddr',
  'client_id',
  'valid_lifetime',
  'expire',
  'subnet_id',
  'fqdn_fwd',
  'fqdn_rev',
  'hostname',
  'state',
  'user_context',
] as const;
const NEEDED = ['address', 'hwaddr', 'client_id', 'valid_lifetime', 'expire', 'state'] as const;
const FOREVER = 0xffff_ffff;
/** default, declined, expired and reclaimed */
const STATES = ['bound', 'declined', 'released'] as const;

/** @throws RackhandError leases-invalid naming file and line */
export function readKeaCsv(text: string, file: string): LeaseFile {
  const lines = text.split(/\r?\n/);
  const header = (lines[0] ?? '').split(',');
  const missing = NEEDED.find((name) => !header.includes(name));
  if (missing !== undefined)
    throw invalid(file, 1, `no column ${missing}`, `the first line of Kea's file: ${KEA_COLUMNS.join(',')}`);
  const column = (name: string) => header.indexOf(name);
  const at = Object.fromEntries([...NEEDED, 'hostname'].map((name) => [name, column(name)]));
  const leases: FileLease[] = [];
  const gone = new Map<number, number>();
  lines.slice(1).forEach((row, i) => {
    const line = i + 2;
    if (row === '') return;
    const fields = row.split(',');
    if (fields.length < header.length)
      throw invalid(file, line, `${fields.length} fields, the first line names ${header.length}`);
    const field = (name: string) => fields[at[name]!] ?? '';
    const entry = readRow(field, file, line);
    // Kea deletes a lease by a row of no length.
    if (number(field('valid_lifetime')) === 0) gone.set(entry.lease.address, line);
    else leases.push(entry);
  });
  const left = newest(leases).filter(({ lease, line }) => (gone.get(lease.address) ?? 0) < line);
  return { leases: left, reservations: [] };
}

function readRow(field: (name: string) => string, file: string, line: number): FileLease {
  const address = parseIpv4(field('address'));
  if (address === undefined) throw invalid(file, line, `${field('address')} is no IPv4 address`);
  const lifetime = number(field('valid_lifetime'));
  const expire = number(field('expire'));
  if (lifetime === undefined) throw invalid(file, line, `valid_lifetime ${field('valid_lifetime')}`);
  if (expire === undefined) throw invalid(file, line, `expire ${field('expire')} is no time`);
  const state = STATES[number(field('state')) ?? -1];
  if (state === undefined) throw invalid(file, line, `state ${field('state')}`, 'states are 0, 1 and 2');
  const client = clientOf(field('hwaddr'), field('client_id')) ?? (state === 'declined' ? NOBODY : undefined);
  if (client === undefined && lifetime !== 0)
    throw invalid(file, line, 'neither a hardware address of Ethernet nor a client identifier');
  const hostName = unescaped(field('hostname')).replace(/\.$/, '');
  return {
    line,
    lease: {
      address,
      client: client ?? NOBODY,
      state,
      expires: lifetime === FOREVER ? NEVER : expire * 1000,
    },
    ...(hostName ? { hostName } : {}),
  };
}

function clientOf(hwaddr: string, clientId: string): string | undefined {
  const mac = macOf(hwaddr);
  if (mac !== undefined) return mac;
  const hex = hexOf(clientId);
  return hex === undefined ? undefined : identifierKey(hex);
}

function number(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

/** A row of each lease that Kea can have; offers it keeps in memory alone. */
export function* writeKeaCsv(leases: Iterable<ExportedLease>, now: number): Generator<string> {
  yield `${KEA_COLUMNS.join(',')}\n`;
  for (const lease of leases) {
    if (lease.state === 'offered') continue;
    const identifier = identifierOf(lease.client);
    const nobody = lease.state === 'declined';
    const forever = lease.expires >= NEVER;
    const lifetime = forever ? FOREVER : lease.leaseSeconds;
    yield `${[
      lease.address,
      nobody || identifier !== undefined ? '' : lease.client,
      nobody ? '' : (identifier?.match(/../g)?.join(':') ?? ''),
      lifetime,
      forever ? Math.floor(now / 1000) + FOREVER : Math.floor(lease.expires / 1000),
      lease.subnetId,
      0,
      0,
      escaped(lease.hostName ?? ''),
      STATES.indexOf(lease.state),
      '',
    ].join(',')}\n`;
  }
}

/** Commas in a field are written "&#x2c". */
function escaped(text: string): string {
  return text.replaceAll('&', '&#x26').replaceAll(',', '&#x2c');
}

function unescaped(text: string): string {
  return text.replace(/&#x([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
