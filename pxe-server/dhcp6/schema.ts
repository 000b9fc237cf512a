import { z } from 'zod';
import { canonicalIpv6, inNetwork6, ipv6Number, isLinkLocal, isMulticast, parseCidr6 } from '../net/ipv6.ts';

/** Every address of a range may become a lease, some 500 bytes in memory. */
const LARGEST = 65_536;

/** As everything else writes it, whatever the configuration does (RFC 5952). */
const Address = z.ipv6().overwrite(canonicalIpv6);

/** IPv6 on an interface: our own address, and the addresses that machines get there. */
export const Ipv6 = z
  .strictObject({
    /** Our own address on the interface. */
    address: Address,
    /** Network of the link: "fd00:52:1::/64" */
    prefix: z.string(),
    /** Addresses for machines, both ends included. */
    range: z.strictObject({ from: Address, to: Address }),
    leaseSeconds: z
      .int()
      .min(60)
      .max(30 * 86400)
      .default(3600),
    dns: z.array(Address).max(8).default([]),
    domain: z
      .string()
      .regex(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9-]{1,63}$/i, 'expected a domain name')
      .max(200)
      .optional(),
    ntp: z.array(Address).max(4).default([]),
    /** Tell machines to make themselves addresses of the prefix too (SLAAC). */
    autonomous: z.boolean().default(false),
  })
  .check(({ value, issues }) => {
    const complain = (message: string, ...path: (string | number)[]) =>
      issues.push({ code: 'custom', input: value, message, path });
    const network = parseCidr6(value.prefix);
    if (!network || network.prefix < 32 || network.prefix > 126) {
      const example = 'expected NETWORK/PREFIX without host bits, such as fd00:52:1::/64, of 32 to 126 bits';
      complain(example, 'prefix');
      return;
    }
    if (isLinkLocal(network.first) || isMulticast(network.first))
      complain(`${value.prefix} holds no addresses that DHCP gives: choose one below fd00::/8`, 'prefix');
    if (value.autonomous && network.prefix !== 64)
      complain(`autonomous addresses need a prefix of 64 bits, not ${network.prefix}`, 'autonomous');
    if (!inNetwork6(network, ipv6Number(value.address)))
      complain(`our address ${value.address} is outside ${value.prefix}`, 'address');
    const [from, to] = [ipv6Number(value.range.from), ipv6Number(value.range.to)];
    if (!inNetwork6(network, from) || !inNetwork6(network, to))
      complain(`${value.range.from}-${value.range.to} leaves ${value.prefix}`, 'range');
    else if (from > to) complain(`${value.range.from} lies above ${value.range.to}`, 'range');
    else if (to - from >= BigInt(LARGEST))
      complain(`${to - from + 1n} addresses are more than ${LARGEST}: narrow the range`, 'range');
    // RFC 4291 2.6.1: the lowest address is every router's.
    if (from === network.first)
      complain(`${value.range.from} is the anycast address of routers`, 'range', 'from');
  });
export type Ipv6 = z.infer<typeof Ipv6>;
