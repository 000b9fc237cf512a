import { z } from 'zod';
import { inNetwork, parseCidr, parseIpv4 } from '../net/ipv4.ts';
import { FurtherOption, isDomainName, Route } from './further-options.ts';

/** Every address may become a lease, some 60 bytes in memory. */
const LARGEST = 4_194_304;

const Range = z.strictObject({ from: z.ipv4(), to: z.ipv4() });

/** One IPv4 subnet that we give addresses in. */
export const Subnet = z
  .strictObject({
    /** "192.0.2.0/24" */
    cidr: z.string(),
    /** Addresses for machines without a reservation; may be empty. */
    ranges: z.array(Range).default([]),
    router: z.ipv4().optional(),
    dns: z.array(z.ipv4()).max(8).default([]),
    domain: z
      .string()
      .regex(/^[a-z0-9]([a-z0-9.-]{0,120}[a-z0-9])?$/i, 'expected a domain name')
      .optional(),
    leaseSeconds: z
      .int()
      .min(60)
      .max(30 * 86400)
      .default(3600),
    ntp: z.array(z.ipv4()).max(4).optional(),
    /** Classless static routes (RFC 3442); the default route by `router` goes along, since clients ignore option 3 then. */
    routes: z.array(Route).max(32).optional(),
    /** Domains that a name without dots is looked for in (RFC 3397). */
    search: z.array(z.string().refine(isDomainName, 'expected a domain name')).max(16).optional(),
    /** Bytes of the largest packet on the link (RFC 2132 5.1). */
    mtu: z.int().min(576).max(65535).optional(),
    /** Options that nothing here knows, as they are sent. */
    options: z.array(FurtherOption).max(32).optional(),
    /** Look at addresses before they are given, and listen to who uses one without a lease. */
    probe: z.boolean().default(true),
    /** Lease of a machine that is no declared host and has no reservation; at most leaseSeconds. */
    unknownLeaseSeconds: z
      .int()
      .min(60)
      .max(30 * 86400)
      .default(600),
    /** Limits for machines that are no declared hosts; see docs/service.md. */
    addressesPerPort: z.int().min(1).max(65536).optional(),
    newLeasesPerPort: z.int().min(1).max(100_000).default(120),
    newLeasesPerPrefix: z.int().min(1).max(1_000_000).optional(),
  })
  .check(({ value, issues }) => {
    const complain = (message: string, ...path: (string | number)[]) =>
      issues.push({ code: 'custom', input: value, message, path });
    const network = parseCidr(value.cidr);
    if (!network) {
      complain('expected NETWORK/PREFIX without host bits, such as 192.0.2.0/24', 'cidr');
      return;
    }
    const inside = (text: string) => {
      const address = parseIpv4(text);
      return address !== undefined && inNetwork(network, address);
    };
    if (value.router && !inside(value.router))
      complain(`router ${value.router} is outside ${value.cidr}`, 'router');
    const wide = network.last - network.first >= 3;
    const ends = [network.first, network.last];
    if (value.router && wide && ends.includes(parseIpv4(value.router)!))
      complain(`router ${value.router} is the network or broadcast address of ${value.cidr}`, 'router');
    const size = value.ranges.reduce((sum, r) => sum + parseIpv4(r.to)! - parseIpv4(r.from)! + 1, 0);
    if (size > LARGEST) complain(`${size} addresses are more than ${LARGEST}`, 'ranges');
    const bounds = value.ranges.map(({ from, to }) => ({ from: parseIpv4(from)!, to: parseIpv4(to)! }));
    value.ranges.forEach(({ from, to }, i) => {
      if (!inside(from) || !inside(to)) complain(`${from}-${to} leaves ${value.cidr}`, 'ranges', i);
      else if (bounds[i]!.from > bounds[i]!.to) complain(`${from} lies above ${to}`, 'ranges', i);
      const clash = bounds.findIndex((b, j) => j < i && b.from <= bounds[i]!.to && bounds[i]!.from <= b.to);
      if (clash >= 0) complain(`${from}-${to} overlaps range ${clash + 1}`, 'ranges', i);
    });
    value.options?.forEach(({ code }, i, all) => {
      if (all.findIndex((other) => other.code === code) < i)
        complain(`option ${code} is given twice`, 'options', i);
    });
  });
export type Subnet = z.infer<typeof Subnet>;

/** authoritative: addresses and boot files; proxy: another server gives the addresses, boot files alone are ours. */
export const DhcpMode = z.enum(['authoritative', 'proxy', 'off']);
export type DhcpMode = z.infer<typeof DhcpMode>;

/** A network that is not an interface's own: behind relays, or a second one on the link of an interface. */
export const FurtherSubnet = Subnet.safeExtend({
  /** Interface whose link it shares; absent: behind relays. */
  on: z.string().optional(),
  /** Subnets behind relays that share a link have the same name here: where one is full the next gives. */
  link: z.string().min(1).max(63).optional(),
  dhcp: DhcpMode.exclude(['off']).default('authoritative'),
}).check(({ value: { on, link }, issues }) => {
  if (on !== undefined && link !== undefined)
    issues.push({ code: 'custom', input: link, path: ['link'], message: 'has no use beside "on"' });
});
export type FurtherSubnet = z.infer<typeof FurtherSubnet>;

/** A subnet as the server takes it. */
export interface ServedSubnet extends Subnet {
  /** Those with the same name are on one link (shared network); undefined: alone on its own. */
  link?: string | undefined;
  /** Another server gives the addresses. */
  proxy?: boolean | undefined;
}
