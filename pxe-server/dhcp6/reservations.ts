import { ReservedAddresses } from '../hosts/reserved-addresses.ts';
import { ipv6Number } from '../net/ipv6.ts';

interface Promised {
  macs: readonly string[];
  address6?: string | undefined;
}

/** IPv6 addresses that hosts were promised, as numbers. */
export function reservedIpv6(): ReservedAddresses<Promised, bigint> {
  return new ReservedAddresses(({ address6 }) => (address6 === undefined ? undefined : ipv6Number(address6)));
}
