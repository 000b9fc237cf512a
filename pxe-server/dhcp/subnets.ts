import { RackhandError } from '../../builder/shared/errors.ts';
import { inNetwork, ipv4Number, type Network, parseCidr } from '../net/ipv4.ts';
import type { DhcpPacket } from './codec.ts';
import type { SubnetState } from './exchange.ts';
import { classlessRoutes, domainSearch, furtherBytes } from './further-options.ts';
import type { Pool } from './leases/lease.ts';
import { Option, readUint32 } from './options.ts';
import type { SubnetFacts } from './reply.ts';
import type { ServedSubnet, Subnet } from './schema.ts';

/**
 * Checked subnets in numbers.
 * @param ownAddresses those that we are asked at @param excluded others that are never given
 * @throws RackhandError subnets-overlap
 */
export function subnetStates(
  subnets: readonly ServedSubnet[],
  ownAddresses: readonly number[],
  excluded: readonly number[] = [],
): SubnetState[] {
  subnets.forEach((subnet, i) => {
    refuseOverlap(subnet, subnets.slice(0, i));
  });
  return subnets.map((subnet) => subnetState(subnet, ownAddresses, excluded));
}

function refuseOverlap({ cidr }: ServedSubnet, others: readonly ServedSubnet[]): void {
  const { first, last } = parseCidr(cidr) as Network;
  const other = others.find((subnet) => {
    const network = parseCidr(subnet.cidr) as Network;
    return network.first <= last && first <= network.last;
  });
  if (!other) return;
  const what = `subnets ${other.cidr} and ${cidr} overlap: an address would have two leases`;
  throw new RackhandError('subnets-overlap', what, 'give each interface a subnet of its own');
}

function subnetState(
  subnet: ServedSubnet,
  ownAddresses: readonly number[],
  excluded: readonly number[],
): SubnetState {
  const network = parseCidr(subnet.cidr) as Network;
  const router = subnet.router === undefined ? undefined : ipv4Number(subnet.router);
  const wide = network.last - network.first >= 3;
  const [dns, ntp] = [subnet.dns.map(ipv4Number), (subnet.ntp ?? []).map(ipv4Number)];
  const facts: SubnetFacts = {
    mask: network.mask,
    router,
    dns,
    domain: subnet.domain,
    ntp,
    leaseSeconds: subnet.leaseSeconds,
    further: furtherOptions(subnet, router),
  };
  const short = Math.min(subnet.unknownLeaseSeconds, subnet.leaseSeconds);
  return {
    pool: {
      network,
      // A name server in a range is no address for a new machine, but may be promised to the machine that it is.
      ranges: without(
        subnet.ranges.map(({ from, to }) => ({ from: ipv4Number(from), to: ipv4Number(to) })),
        [...dns, ...ntp],
      ),
      excluded: new Set([
        ...ownAddresses,
        ...excluded,
        ...(router === undefined ? [] : [router]),
        ...(wide ? [network.first, network.last] : []),
      ]),
    },
    link: subnet.link ?? subnet.cidr,
    proxy: subnet.proxy ?? false,
    attached: ownAddresses.some((address) => inNetwork(network, address)),
    facts,
    unknownFacts: short === facts.leaseSeconds ? facts : { ...facts, leaseSeconds: short },
    limits: {
      addressesPerPort: subnet.addressesPerPort,
      newLeasesPerPort: subnet.newLeasesPerPort,
      newLeasesPerPrefix: subnet.newLeasesPerPrefix,
    },
    probe: subnet.probe,
  };
}

function furtherOptions(
  { routes = [], search = [], mtu, options = [] }: Subnet,
  router: number | undefined,
): [number, Buffer][] {
  const found: [number, Buffer][] = [];
  if (routes.length > 0) found.push([Option.classlessRoutes, classlessRoutes(routes, router)]);
  if (search.length > 0) found.push([Option.domainSearch, domainSearch(search)]);
  if (mtu !== undefined) found.push([Option.mtu, Buffer.of(mtu >> 8, mtu & 255)]);
  return [...found, ...options.map((option): [number, Buffer] => [option.code, furtherBytes(option)])];
}

/** Ranges, split around some addresses. Pure. */
function without(ranges: Pool['ranges'], addresses: readonly number[]): Pool['ranges'] {
  let left = ranges;
  for (const address of addresses)
    left = left.flatMap(({ from, to }) =>
      address < from || address > to
        ? [{ from, to }]
        : [
            { from, to: address - 1 },
            { from: address + 1, to },
          ].filter((range) => range.from <= range.to),
    );
  return left;
}

/** Sub-option 5 of option 82 (RFC 3527): the relay answers for another subnet than its own address. */
const LINK_SELECTION = 5;

/**
 * The subnet that a client is in: the relay's, else that of the interface. A client behind a relay renews past it, so
 * its own address says where it is (RFC 2131 4.3.2), unless that is a link of ours: then it has moved. What a relay says
 * of the link comes first (RFC 3527 section 3), then what a client asks for, before giaddr and interface (RFC 3011 section 1).
 * @returns undefined for networks that nobody configured, and for those that a client may not ask for
 */
export function subnetOf(
  packet: DhcpPacket,
  serverAddress: number,
  subnets: readonly SubnetState[],
): SubnetState | undefined {
  const holding = (address: number) => subnets.find((subnet) => inNetwork(subnet.pool.network, address));
  const told = linkSelection(packet);
  if (told !== undefined) return holding(told);
  const asked = readUint32(packet.options, Option.subnetSelection);
  if (packet.giaddr !== 0) return holding(asked ?? packet.giaddr);
  const claimed = packet.ciaddr === 0 ? undefined : holding(packet.ciaddr);
  const found = claimed && !claimed.attached ? claimed : holding(serverAddress);
  return asked === undefined ? found : selected(holding(asked), found, subnets);
}

/**
 * Of a client that asks for itself. By RFC 3011 section 2 a server that is configured to respond to the option allocates on
 * the subnet that it names, or on one of the same network segment. We respond to relays, whatever they name, and to a
 * client that nothing vouches for within the link where it is: any other subnet is for other machines, and its pool would
 * be anybody's to exhaust. It gets no answer then, since an address of another subnet than the named one is none to give.
 */
function selected(
  asked: SubnetState | undefined,
  found: SubnetState | undefined,
  subnets: readonly SubnetState[],
): SubnetState | undefined {
  return asked && found && onLinkOf(found, subnets).includes(asked) ? asked : undefined;
}

/** All subnets on the link of one, itself first. */
export function onLinkOf(subnet: SubnetState, subnets: readonly SubnetState[]): SubnetState[] {
  return [subnet, ...subnets.filter((other) => other !== subnet && other.link === subnet.link)];
}

function linkSelection(packet: DhcpPacket): number | undefined {
  if (packet.giaddr === 0) return undefined;
  const relay = packet.options.get(Option.relayAgent);
  for (let at = 0; relay && at + 1 < relay.length; at += 2 + relay[at + 1]!) {
    if (relay[at] === LINK_SELECTION && relay[at + 1] === 4 && at + 6 <= relay.length)
      return relay.readUInt32BE(at + 2);
  }
  return undefined;
}
