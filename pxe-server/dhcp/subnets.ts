import { RackhandError } from '../../builder/shared/errors.ts';
import { inNetwork, ipv4Number, type Network, parseCidr } from '../net/ipv4.ts';
import type { DhcpPacket } from './codec.ts';
import type { SubnetState } from './exchange.ts';
import type { Pool } from './leases/lease.ts';
import { Option } from './options.ts';
import type { SubnetFacts } from './reply.ts';
import type { Subnet } from './schema.ts';

/**
 * Checked subnets in numbers.
 * @param ownAddresses those that we are asked at @param excluded others that are never given
 * @throws RackhandError subnets-overlap
 */
export function subnetStates(
  subnets: readonly Subnet[],
  ownAddresses: readonly number[],
  excluded: readonly number[] = [],
): SubnetState[] {
  subnets.forEach((subnet, i) => {
    refuseOverlap(subnet, subnets.slice(0, i));
  });
  return subnets.map((subnet) => subnetState(subnet, ownAddresses, excluded));
}

function refuseOverlap({ cidr }: Subnet, others: readonly Subnet[]): void {
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
  subnet: Subnet,
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
 * The subnet that a client is in: the relay's, else that of the interface. A client behind a relay renews past
 * it, so its own address says where it is (RFC 2131 4.3.2), unless that is a link of ours: then it has moved.
 * @returns undefined for relays of networks that nobody configured
 */
export function subnetOf(
  packet: DhcpPacket,
  serverAddress: number,
  subnets: readonly SubnetState[],
): SubnetState | undefined {
  const holding = (address: number) => subnets.find((subnet) => inNetwork(subnet.pool.network, address));
  if (packet.giaddr !== 0) return holding(linkSelection(packet) ?? packet.giaddr);
  const claimed = packet.ciaddr === 0 ? undefined : holding(packet.ciaddr);
  return claimed && !claimed.attached ? claimed : holding(serverAddress);
}

function linkSelection(packet: DhcpPacket): number | undefined {
  const relay = packet.options.get(Option.relayAgent);
  for (let at = 0; relay && at + 1 < relay.length; at += 2 + relay[at + 1]!) {
    if (relay[at] === LINK_SELECTION && relay[at + 1] === 4 && at + 6 <= relay.length)
      return relay.readUInt32BE(at + 2);
  }
  return undefined;
}
