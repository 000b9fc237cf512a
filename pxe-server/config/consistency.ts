import { inNetwork, parseCidr, parseIpv4 } from '../net/ipv4.ts';
import { parseCidr6 } from '../net/ipv6.ts';
import { type Configuration, dhcpMode } from './schema.ts';

export interface Inconsistency {
  message: string;
  path: (string | number)[];
}

/** What each value alone does not show: names, addresses and ports that get in each other's way. Pure. */
export function inconsistencies({ provisioning, api }: Configuration): Inconsistency[] {
  const { interfaces, httpPort, httpsPort, tftpPort, syslogPort, httpsBoot, nginx } = provisioning;
  const found: Inconsistency[] = [];
  const complain = (message: string, ...path: (string | number)[]) => found.push({ message, path });
  const entry = (i: number) => ['provisioning', 'interfaces', i] as const;
  interfaces.forEach(({ name, address, subnet, dhcp, ipv6 }, i) => {
    const before = interfaces.slice(0, i);
    const clash6 = ipv6 && before.find((b) => b.ipv6 && overlap6(b.ipv6.prefix, ipv6.prefix));
    if (clash6)
      complain(`${ipv6.prefix} overlaps the prefix of ${clash6.name}`, ...entry(i), 'ipv6', 'prefix');
    if (before.some((other) => other.name === name))
      complain(`interface ${name} is named twice`, ...entry(i), 'name');
    if (before.some((other) => other.address === address))
      complain(`address ${address} is given twice`, ...entry(i), 'address');
    if (!subnet && dhcp !== undefined && dhcp !== 'off')
      complain(`dhcp: ${dhcp} needs the interface's subnet`, ...entry(i), 'subnet');
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
  found.push(...furtherInconsistencies(provisioning));
  const ports: { name: string; port: number; path: string[] }[] = [
    { name: 'httpPort', port: httpPort, path: ['httpPort'] },
    { name: 'httpsPort', port: httpsPort, path: ['httpsPort'] },
    ...(httpsBoot ? [{ name: 'httpsBoot.port', port: httpsBoot.port, path: ['httpsBoot', 'port'] }] : []),
    ...(nginx ? [{ name: 'nginx.port', port: nginx.port, path: ['nginx', 'port'] }] : []),
    ...(syslogPort === undefined ? [] : [{ name: 'syslogPort', port: syslogPort, path: ['syslogPort'] }]),
  ];
  ports.forEach(({ port, path }, i) => {
    const before = ports.slice(0, i).find((other) => other.port === port);
    if (before) complain(`port ${port} is ${before.name} already`, 'provisioning', ...path);
  });
  const taken = ports.find(({ port }) => port === api.port)?.name;
  if (taken !== undefined && (api.address === '0.0.0.0' || interfaces.some((i) => i.address === api.address)))
    complain(`port ${api.port} is ${taken} already, at the same address`, 'api', 'port');
  if (syslogPort !== undefined && [67, 547, 4011, tftpPort].includes(syslogPort))
    complain(`port ${syslogPort} belongs to DHCP or TFTP`, 'provisioning', 'syslogPort');
  if (interfaces.some((i) => dhcpMode(i) !== 'off') && (tftpPort === 67 || tftpPort === 4011))
    complain(`port ${tftpPort} belongs to DHCP`, 'provisioning', 'tftpPort');
  if (interfaces.some((i) => i.ipv6) && tftpPort === 547)
    complain(`port ${tftpPort} belongs to DHCPv6`, 'provisioning', 'tftpPort');
  return found;
}

function furtherInconsistencies({ interfaces, subnets }: Configuration['provisioning']): Inconsistency[] {
  const served = interfaces.filter((i) => dhcpMode(i) !== 'off');
  const own = served.flatMap(({ name, subnet }) => (subnet ? [{ cidr: subnet.cidr, where: name }] : []));
  return subnets.flatMap(({ cidr, on }, i) => {
    const path = ['provisioning', 'subnets', i];
    const earlier = [
      ...own,
      ...subnets.slice(0, i).map((other) => ({ cidr: other.cidr, where: other.cidr })),
    ];
    const other = earlier.find((one) => overlap(one.cidr, cidr));
    return [
      ...(other
        ? [{ message: `${cidr} overlaps the subnet of ${other.where}`, path: [...path, 'cidr'] }]
        : []),
      ...(on !== undefined && !served.some(({ name }) => name === on)
        ? [{ message: `no interface ${on} serves DHCP`, path: [...path, 'on'] }]
        : []),
      ...(served.length === 0
        ? [{ message: 'no interface serves DHCP, so no relay can ask: give one a subnet', path }]
        : []),
    ];
  });
}

function holds(cidr: string, address: string): boolean {
  return inNetwork(parseCidr(cidr)!, parseIpv4(address)!);
}

function isEnd(cidr: string, address: string): boolean {
  const { first, last } = parseCidr(cidr)!;
  return last - first >= 3 && [first, last].includes(parseIpv4(address)!);
}

function overlap6(a: string, b: string): boolean {
  const [one, two] = [parseCidr6(a)!, parseCidr6(b)!];
  return one.first <= two.last && two.first <= one.last;
}

function overlap(a: string, b: string): boolean {
  const [one, two] = [parseCidr(a)!, parseCidr(b)!];
  return one.first <= two.last && two.first <= one.last;
}
