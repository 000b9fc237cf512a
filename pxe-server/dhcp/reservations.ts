import { ReservedAddresses } from '../hosts/reserved-addresses.ts';
import { parseIpv4 } from '../net/ipv4.ts';
import type { Reservations } from './leases/lease.ts';

interface Promised {
  macs: readonly string[];
  address?: string | undefined;
}

/** IPv4 addresses that hosts were promised, as numbers. */
export function reservedIpv4(): ReservedAddresses<Promised, number> {
  return new ReservedAddresses(({ address }) => (address === undefined ? undefined : parseIpv4(address)));
}

/** As the leases ask for them. */
export function reservations(reserved: ReservedAddresses<Promised, number>): Reservations {
  return {
    addressOf: (client) => reserved.addressOf(client),
    clientOf: (address) => reserved.macOf(address),
  };
}

/** Of hosts that do not change. */
export function reservationsOf(hosts: readonly Promised[]): Reservations {
  const reserved = reservedIpv4();
  for (const host of hosts) reserved.add(host);
  return reservations(reserved);
}
