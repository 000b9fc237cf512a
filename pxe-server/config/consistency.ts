import { inNetwork, parseCidr, parseIpv4 } from '../net/ipv4.ts';
import { parseCidr6 } from '../net/ipv6.ts';
import type { Configuration } from './schema.ts';

export interface Inconsistency {
  message: string;
  path: (string | number)[];
}

/** What each value alone does not show: names, addresses and ports that get in each other's way. Pure. */
export function inconsistencies({ provisioning, api }: Configuration): Inconsistency[] {
  const { interfaces, httpPort, httpsPort, tftpPort } = provisioning;
  const found: Inconsistency[] = [];
  const complain = (message: string, ...path: (string | number)[]) => found.push({ message, path });
  const entry = (i: number) => ['provisioning', 'interfaces', i] as const;
  interfaces.forEach(({ name, address, subnet, ipv6 }, i) => {
    const before = interfaces.slice(0, i);
    const clash6 = ipv6 && before.find((b) => b.ipv6 && overlap6(b.ipv6.prefix, ipv6.prefix));
    if (clash6)
      complain(`${ipv6.prefix} overlaps the prefix of ${clash6.name}`, ...entry(i), 'ipv6', 'prefix');
    if (before.some((other) => other.name === name))
      complain(`interface ${name} is named twice`, ...entry(i), 'name');
    if (before.some((other) => other.address === address))
      complain(`address ${address} is given twice`, ...entry(i), 'address');
    if (!subnet) return;
    // Without it no request on this interface would find its subnet, and DHCP would stay silent.
    if (!inNetwork(parseCidr(subnet.cidr)!, parseIpv4(address)!))
      complain(
        `the interface's own address ${address} is outside ${subnet.cidr}`,
        ...entry(i),
        'subnet',
        'cidr',
      );
    const other = before.find((b) => b.subnet && overlap(b.subnet.cidr, subnet.cidr));
    if (other) complain(`${subnet.cidr} overlaps the subnet of ${other.name}`, ...entry(i), 'subnet', 'cidr');
  });
  if (httpPort === httpsPort) complain(`port ${httpPort} is httpPort already`, 'provisioning', 'httpsPort');
  const taken = new Map([
    [httpPort, 'httpPort'],
    [httpsPort, 'httpsPort'],
  ]).get(api.port);
  if (taken !== undefined && (api.address === '0.0.0.0' || interfaces.some((i) => i.address === api.address)))
    complain(`port ${api.port} is ${taken} already, at the same address`, 'api', 'port');
  if (interfaces.some((i) => i.subnet) && (tftpPort === 67 || tftpPort === 4011))
    complain(`port ${tftpPort} belongs to DHCP`, 'provisioning', 'tftpPort');
  if (interfaces.some((i) => i.ipv6) && tftpPort === 547)
    complain(`port ${tftpPort} belongs to DHCPv6`, 'provisioning', 'tftpPort');
  return found;
}

function overlap6(a: string, b: string): boolean {
  const [one, two] = [parseCidr6(a)!, parseCidr6(b)!];
  return one.first <= two.last && two.first <= one.last;
}

function overlap(a: string, b: string): boolean {
  const [one, two] = [parseCidr(a)!, parseCidr(b)!];
  return one.first <= two.last && two.first <= one.last;
}
