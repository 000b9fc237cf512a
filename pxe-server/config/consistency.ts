import { inNetwork, parseCidr, parseIpv4 } from '../net/ipv4.ts';
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
  interfaces.forEach(({ name, address, subnet }, i) => {
    const before = interfaces.slice(0, i);
    if (before.some((other) => other.name === name))
      complain(`interface ${name} is named twice`, ...entry(i), 'name');
    if (before.some((other) => other.address === address))
      complain(`address ${address} is given twice`, ...entry(i), 'address');
    const around = interfaces.find((o) => o.name !== name && o.subnet && holds(o.subnet.cidr, address));
    if (!subnet && around)
      complain(
        `${address} is in the subnet of ${around.name}: two interfaces on one network`,
        ...entry(i),
        'address',
      );
    if (!subnet) return;
    // Without it no request on this interface would find its subnet, and DHCP would stay silent.
    if (!holds(subnet.cidr, address))
      complain(
        `the interface's own address ${address} is outside ${subnet.cidr}`,
        ...entry(i),
        'subnet',
        'cidr',
      );
    else if (isEnd(subnet.cidr, address))
      complain(`${address} is the network or broadcast address of ${subnet.cidr}`, ...entry(i), 'address');
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
  return found;
}

function holds(cidr: string, address: string): boolean {
  return inNetwork(parseCidr(cidr)!, parseIpv4(address)!);
}

function isEnd(cidr: string, address: string): boolean {
  const { first, last } = parseCidr(cidr)!;
  return last - first >= 3 && [first, last].includes(parseIpv4(address)!);
}

function overlap(a: string, b: string): boolean {
  const [one, two] = [parseCidr(a)!, parseCidr(b)!];
  return one.first <= two.last && two.first <= one.last;
}
