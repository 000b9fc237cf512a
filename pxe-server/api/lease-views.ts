import { RackhandError } from '../../builder/shared/errors.ts';
import type { LeaseFile } from '../dhcp/formats/entries.ts';
import { type Format, readLeaseFile } from '../dhcp/formats/formats.ts';
import type { Lease } from '../dhcp/leases/lease.ts';
import {
  type LeaseFilter,
  type LeaseOffice,
  type Overruled,
  stateOf,
  type Verdict,
} from '../dhcp/leases/questions.ts';
import type { Host } from '../hosts/model.ts';
import { inNetwork, ipv4Number, ipv4Text, parseCidr, parseIpv4 } from '../net/ipv4.ts';
import type { LeaseImportReply, LeaseList, LeaseQuery, LeaseRow } from './lease-schemas.ts';

/** Leases as people see them: with the host that has them, and how it was last heard of. */

export interface ServedSubnet {
  /** "192.0.2.0/24" */
  cidr: string;
  leaseSeconds: number;
  /** Of machines that nobody declared, if that is less. */
  unknownLeaseSeconds: number;
}

export interface LeaseBook {
  office: LeaseOffice;
  subnets: readonly ServedSubnet[];
}

type KnownHost = Pick<Host, 'id' | 'name' | 'state' | 'approved' | 'macs' | 'inventory' | 'address'>;

/** How long an offer and a declined address are kept, milliseconds (exchange.ts). */
const KEPT = { offered: 60_000, declined: 600_000 } as const;

/** @param hosts all of them @throws RackhandError request-invalid | host-absent */
export async function leaseList(
  { office, subnets }: LeaseBook,
  hosts: readonly KnownHost[],
  query: LeaseQuery,
): Promise<LeaseList> {
  const { after, limit, state } = query;
  const filter: LeaseFilter = { state, ...withinOf(query.subnet), ...clientsOf(query, hosts) };
  const from = after === undefined ? 0 : ipv4Number(after) + 1;
  const page = await office.page(from, limit, filter);
  const owners = ownersOf(hosts);
  return {
    leases: page.leases.map((lease) => leaseRow(lease, subnets, owners, page.now)),
    // What was looked at last: the next page begins behind it.
    next: page.next === undefined ? null : ipv4Text(page.next - 1),
    total: page.total,
  };
}

function withinOf(cidr: string | undefined): Pick<LeaseFilter, 'within'> {
  if (cidr === undefined) return {};
  const network = parseCidr(cidr);
  if (network) return { within: { first: network.first, last: network.last } };
  throw new RackhandError('request-invalid', `${cidr} is no subnet`, 'write it as 192.0.2.0/24');
}

/** A host by its MACs; a text that is in an address, a MAC, or the name of a host. */
function clientsOf(
  { host, search }: Pick<LeaseQuery, 'host' | 'search'>,
  hosts: readonly KnownHost[],
): Pick<LeaseFilter, 'text' | 'clients'> {
  if (host !== undefined) {
    const found = hosts.find(({ id, name }) => id === host || name === host);
    if (!found)
      throw new RackhandError('host-absent', `no host ${host}`, 'list the hosts: rackhand hosts list');
    return { clients: macsOf(found) };
  }
  const text = search?.trim().toLowerCase();
  if (!text) return {};
  const named = hosts.filter(({ name }) => name.includes(text));
  // A MAC in any writing; an address is no MAC.
  const pairs = /^[0-9a-f]{12}$/.test(text) ? text.match(/../g)!.join(':') : text.replaceAll('-', ':');
  return { text: pairs, ...(named.length > 0 ? { clients: named.flatMap(macsOf) } : {}) };
}

function macsOf({ macs, inventory }: Pick<KnownHost, 'macs' | 'inventory'>): string[] {
  return [...new Set([...macs, ...(inventory?.nics.map(({ mac }) => mac) ?? [])])];
}

/** MAC → host; what is declared goes before inventories. */
function ownersOf(hosts: readonly KnownHost[]): ReadonlyMap<string, KnownHost> {
  return new Map([
    ...hosts.flatMap((host) => (host.inventory?.nics ?? []).map(({ mac }) => [mac, host] as const)),
    ...hosts.flatMap((host) => host.macs.map((mac) => [mac, host] as const)),
  ]);
}

function leaseRow(
  lease: Lease,
  subnets: readonly ServedSubnet[],
  owners: ReadonlyMap<string, KnownHost>,
  now: number,
): LeaseRow {
  const { address, client, state, expires } = lease;
  const host = owners.get(client);
  const subnet = subnets.find(({ cidr }) => inNetwork(parseCidr(cidr)!, address));
  const text = ipv4Text(address);
  const leaseSeconds = subnet ? secondsOf(expires - now, subnet, host?.approved === true) : 0;
  return {
    address: text,
    client,
    subnet: subnet?.cidr ?? null,
    leaseSeconds,
    state: stateOf(lease, now),
    ends: new Date(expires).toISOString(),
    seen: seenOf(state, expires, leaseSeconds * 1000, now),
    host: host ? { id: host.id, name: host.name, state: host.state } : null,
    reserved: host?.address === text && host.macs[0] === client,
  };
}

/**
 * What a machine is given a lease for: less when nobody declared it. One that goes on for longer than that was given
 * while somebody had.
 * @param left milliseconds until its end
 */
function secondsOf(left: number, subnet: ServedSubnet, declared: boolean): number {
  const short = Math.min(subnet.unknownLeaseSeconds, subnet.leaseSeconds);
  return declared || left > short * 1000 ? subnet.leaseSeconds : short;
}

/** What a machine did last; when is told by the end of the lease, unless another length of leases was in use then. */
function seenOf(state: Lease['state'], expires: number, length: number, now: number): LeaseRow['seen'] {
  const before = { bound: length, released: 0, ...KEPT }[state];
  const at = expires - before;
  return { how: state === 'bound' ? 'leased' : state, at: at > now ? null : new Date(at).toISOString() };
}

const WHY: Readonly<Record<Verdict, string>> = {
  unserved: 'in no subnet that is served here',
  excluded: 'an address that is given to nobody: our own, the router, or the ends of the subnet',
  outside: 'in no range of its subnet',
  leased: 'another machine has a lease of that address',
  elsewhere: 'the machine has a lease of another address of that subnet',
  reserved: 'promised: the address to another host, or another address to this one',
  ended: 'over, and something newer is known',
  unchanged: 'known already',
};

/** @throws RackhandError leases-invalid naming file and line; leases-unwritten */
export async function importLeases(
  { office }: Pick<LeaseBook, 'office'>,
  request: { text: string; name: string; format?: Format | undefined; take: Overruled[]; dryRun: boolean },
): Promise<LeaseImportReply & { file: LeaseFile }> {
  const file = readLeaseFile(request.text, request.name, request.format);
  const list = file.leases.map(({ lease }) => lease);
  const { taken, left } = await office.import(list, request.take, request.dryRun);
  const leftOut = left.map(([i, why]) => {
    const { line, lease } = file.leases[i]!;
    return { line, address: ipv4Text(lease.address), client: lease.client, why, told: WHY[why] };
  });
  return { taken, leftOut, reservations: file.reservations.length, file };
}

/** "192.0.2.10" or a MAC or "id:…" → what is asked for. @throws RackhandError request-invalid */
export function leaseMeant(text: string): { address: number } | { client: string } {
  const address = parseIpv4(text);
  if (address !== undefined) return { address };
  const client = text.toLowerCase().replaceAll('-', ':');
  if (/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(client) || /^id:[0-9a-f]*$/.test(client)) return { client };
  throw new RackhandError('request-invalid', `${text} is no address and no MAC`, 'name one of them');
}

/** @throws RackhandError lease-absent when nothing was there to release */
export async function releaseLeases(
  { office }: Pick<LeaseBook, 'office'>,
  text: string,
): Promise<{ address: string; client: string }[]> {
  const { released } = await office.release(leaseMeant(text));
  if (released.length === 0)
    throw new RackhandError('lease-absent', `no lease of ${text}`, 'list the leases: rackhand leases list');
  return released.map(({ address, client }) => ({ address: ipv4Text(address), client }));
}
