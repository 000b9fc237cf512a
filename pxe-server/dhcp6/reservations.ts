import { ReservedAddresses } from '../hosts/reserved-addresses.ts';
import { ipv6Number } from '../net/ipv6.ts';
import type { Reservations6 } from './leases/lease.ts';

interface Promised {
  macs: readonly string[];
  address6?: string | undefined;
}

/** IPv6 addresses that hosts were promised, as numbers. */
export function reservedIpv6(): ReservedAddresses<Promised, bigint> {
  return new ReservedAddresses(({ address6 }) => (address6 === undefined ? undefined : ipv6Number(address6)));
}

/** As the leases ask for them. */
export function reservations6(reserved: ReservedAddresses<Promised, bigint>): Reservations6 {
  return {
    addressOf: (mac) => reserved.addressOf(mac),
    macOf: (address) => reserved.macOf(address),
  };
}
