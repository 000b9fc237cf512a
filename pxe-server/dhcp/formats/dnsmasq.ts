import { ipv4Number, parseIpv4 } from '../../net/ipv4.ts';
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
  newest,
  type Reservation,
} from './entries.ts';

/**
 * dnsmasq's lease file, and the `dhcp-host` lines of its configuration or of a dhcp-hostsfile; other settings, and
 * leases of IPv6, are passed over.
 * @throws RackhandError leases-invalid naming file and line
 */
export function readDnsmasq(text: string, file: string): LeaseFile {
  const leases: FileLease[] = [];
  const reservations: Reservation[] = [];
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const sixth = lines.findIndex((line) => line.startsWith('duid '));
  lines.slice(0, sixth < 0 ? undefined : sixth).forEach((content, i) => {
    const line = i + 1;
    if (content === '' || content.startsWith('#')) return;
    if (content.startsWith('dhcp-host=') || /^[^\s,=]+,/.test(content)) {
      const found = reservation(content.replace(/^dhcp-host=/, ''), file, line);
      if (found) reservations.push(found);
    } else if (!/^[a-z][a-z0-9-]*(\s*=|$)/.test(content)) leases.push(leaseOf(content, file, line));
  });
  return { leases: newest(leases), reservations };
}

/** "1764158400 52:54:00:aa:bb:cc 192.0.2.10 name 01:52:54:00:aa:bb:cc" */
function leaseOf(content: string, file: string, line: number): FileLease {
  const [ends, hardware, address, name, identifier, ...more] = content.split(/\s+/);
  if (identifier === undefined || more.length > 0)
    throw invalid(file, line, 'a lease has five fields: end, MAC, address, name, client identifier');
  if (!/^\d{1,10}$/.test(ends!)) throw invalid(file, line, `${ends} is no time`);
  const number = parseIpv4(address!);
  if (number === undefined) throw invalid(file, line, `${address} is no IPv4 address`);
  const hex = identifier === '*' ? undefined : hexOf(identifier);
  const client = macOf(hardware!) ?? (hex === undefined ? undefined : identifierKey(hex));
  if (client === undefined)
    throw invalid(
      file,
      line,
      `${hardware} is no hardware address of Ethernet, and no client identifier is there`,
    );
  const expires = Number(ends) === 0 ? NEVER : Number(ends) * 1000;
  return {
    line,
    lease: { address: number, client, state: 'bound', expires },
    ...(name === '*' ? {} : { hostName: name! }),
  };
}

/** Tags, identifiers, addresses of IPv6 and the length of leases are passed over. */
const ASIDE = /^(set|tag|net|id):|^\[|^(\d+[smhdw]?|infinite|deprecated)$/i;

/** Undefined for one that keeps a machine out, or that names no address or no single hardware address. */
function reservation(text: string, file: string, line: number): Reservation | undefined {
  const items = text.split(',').map((item) => item.trim());
  const found: { macs: string[]; address?: string; name?: string } = { macs: [] };
  for (const item of items) {
    const mac = macOf(item.replace(/^(0?1)-/, ''));
    if (item === 'ignore') return undefined;
    if (mac !== undefined) found.macs.push(mac);
    else if (parseIpv4(item) !== undefined) found.address = item;
    else if (item === '' || item.includes('*') || ASIDE.test(item)) continue;
    else if (/^[a-z0-9_]([a-z0-9_.-]*[a-z0-9])?$/i.test(item)) found.name = item;
    else throw invalid(file, line, `${item} is no address and no name`);
  }
  const { macs, address, name } = found;
  if (address === undefined || macs.length === 0) return undefined;
  return { line, macs, address, ...(name ? { name } : {}) };
}

/** Only leases that run: dnsmasq keeps no others, and none of machines without a hardware address of Ethernet. */
export function* writeDnsmasqLeases(leases: Iterable<ExportedLease>, now: number): Generator<string> {
  for (const { address, client, state, expires, hostName } of leases) {
    if (state !== 'bound' || expires <= now || identifierOf(client) !== undefined) continue;
    const ends = expires >= NEVER ? 0 : Math.floor(expires / 1000);
    yield `${ends} ${client} ${address} ${hostName ?? '*'} *\n`;
  }
}

export function* writeDnsmasqHosts(reservations: Iterable<Omit<Reservation, 'line'>>): Generator<string> {
  const sorted = [...reservations].sort((a, b) => ipv4Number(a.address) - ipv4Number(b.address));
  for (const { macs, address, name } of sorted)
    if (macs.length > 0) yield `dhcp-host=${[...macs, address, ...(name ? [name] : [])].join(',')}\n`;
}
