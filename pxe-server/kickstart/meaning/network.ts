import { isIPv4, isIPv6 } from 'node:net';
import { ipv4Number, parseIpv4 } from '../../net/ipv4.ts';
import type { Document, Firewall, NetworkDevice } from '../document/shapes.ts';
import type { Finding } from '../findings.ts';
import { tell } from './tell.ts';

/** Addresses, names and devices that no network can have. */
export function networkFindings({ network, firewall, last }: Document): Finding[] {
  return [
    ...network.flatMap(deviceFindings),
    ...addressTwice(network),
    ...memberTwice(network),
    ...(firewall ? portFindings(firewall) : []),
    ...iscsiFindings(last.get('iscsi')),
  ];
}

function deviceFindings(device: NetworkDevice): Finding[] {
  return [
    ...grammarFindings(device),
    ...staticFindings(device),
    ...subnetFindings(device),
    ...bondFindings(device),
  ];
}

type Field = [field: string, value: string | undefined, isRight: (value: string) => boolean, what: string];

function grammarFindings(device: NetworkDevice): Finding[] {
  const { node, hostname, mtu, vlan, ip, netmask, gateway, ipv6, ipv6gateway, nameservers } = device;
  const fields: Field[] = [
    ['ip', ip, isIPv4, 'an IPv4 address'],
    ['netmask', netmask, isNetmask, 'a netmask such as 255.255.255.0'],
    ['gateway', gateway, isIPv4, 'an IPv4 address'],
    ['ipv6', ipv6, isIpv6Setting, 'auto, dhcp, ignore or ADDRESS/PREFIX'],
    ['ipv6gateway', ipv6gateway, isIPv6, 'an IPv6 address'],
    ['hostname', hostname, isHostName, 'a host name'],
    ['mtu', mtu, (value) => isNumber(value, 68, 65_535), 'a number of bytes from 68'],
    ['vlanid', vlan, (value) => isNumber(value, 0, 4094), 'a VLAN from 0 to 4094'],
    ...nameservers.map((server): Field => ['nameserver', server, isAddress, 'an address']),
  ];
  return fields.flatMap(([field, value, isRight, what]) => {
    if (value === undefined || isRight(value)) return [];
    const message = `${value} is not ${what}`;
    return [tell(node, { code: 'address-impossible', message, mend: `give ${what}`, field })];
  });
}

function staticFindings({ node, proto, ip, netmask, ipv4 }: NetworkDevice): Finding[] {
  if (proto === 'static' && ipv4 && (ip === undefined || netmask === undefined))
    return [
      tell(node, {
        ...{ code: 'address-absent', field: 'bootproto' },
        ...{ message: 'a static address needs --ip and --netmask', mend: 'add them, or --noipv4' },
      }),
    ];
  if (proto === 'static' || ip === undefined) return [];
  const told = { message: `--ip does nothing with ${proto}`, mend: 'add --bootproto=static' };
  return [tell(node, { code: 'address-ignored', ...told, field: 'ip', severity: 'warning' })];
}

function subnetFindings({ node, ip, netmask, gateway }: NetworkDevice): Finding[] {
  if (!ip || !netmask || !isIPv4(ip) || !isNetmask(netmask)) return [];
  const size = 2 ** 32 - ipv4Number(netmask);
  const first = ipv4Number(ip) - (ipv4Number(ip) % size);
  const found: Finding[] = [];
  const at = (address: string) => ipv4Number(address) - first;
  if (size > 2 && (at(ip) === 0 || at(ip) === size - 1))
    found.push(
      tell(node, {
        ...{ code: 'address-impossible', message: `${ip} means the whole network`, field: 'ip' },
        mend: 'give an address inside',
      }),
    );
  if (!gateway || !isIPv4(gateway)) return found;
  if (gateway === ip)
    found.push(
      tell(node, {
        ...{ code: 'address-twice', message: 'the gateway has the address of the machine', field: 'gateway' },
        mend: 'give the router’s',
      }),
    );
  else if (size > 1 && (at(gateway) < 0 || at(gateway) >= size))
    found.push(
      tell(node, {
        ...{ code: 'gateway-outside', message: `${gateway} is not in the network of ${ip}/${netmask}` },
        ...{ mend: 'give a router in it, or the right netmask', field: 'gateway' },
      }),
    );
  return found;
}

function bondFindings({ node, device, bond, bridge }: NetworkDevice): Finding[] {
  const found: Finding[] = [];
  for (const [kind, made] of [
    ['bond', bond],
    ['bridge', bridge],
  ] as const)
    if (made && device !== undefined && made.members.includes(device))
      found.push(
        tell(node, {
          ...{
            code: 'name-twice',
            message: `${device} cannot be a member of itself`,
            field: `${kind}slaves`,
          },
          mend: `name the ${kind} otherwise, such as ${kind}0`,
        }),
      );
  const options = bond ? bond.options.split(/[,;]/).filter((option) => option !== '') : [];
  const bad = options.find((option) => !/^\s*[a-z_]+=[^=]+$/.test(option));
  if (bad !== undefined)
    found.push(
      tell(node, {
        ...{ code: 'value-invalid', message: `${bad} is no option of a bond`, field: 'bondopts' },
        mend: 'write key=value, by commas: mode=802.3ad,miimon=100',
      }),
    );
  if (!bond && node.at.has('bondopts'))
    found.push(
      tell(node, {
        ...{ code: 'option-incomplete', message: '--bondopts without members', field: 'bondopts' },
        mend: 'add --bondslaves',
      }),
    );
  return found;
}

function addressTwice(network: readonly NetworkDevice[]): Finding[] {
  const seen = new Map<string, NetworkDevice>();
  return network.flatMap((one) => {
    if (one.ip === undefined) return [];
    const before = seen.get(one.ip);
    seen.set(one.ip, one);
    if (!before || before.device === one.device) return [];
    const message = `${one.ip} belongs to ${before.device ?? 'another device'} already`;
    return [tell(one.node, { code: 'address-twice', message, mend: 'give each its own', field: 'ip' })];
  });
}

function memberTwice(network: readonly NetworkDevice[]): Finding[] {
  const owner = new Map<string, string>();
  return network.flatMap(({ node, device = '', bond, bridge }) =>
    [...(bond?.members ?? []), ...(bridge?.members ?? [])].flatMap((member) => {
      const first = owner.get(member);
      owner.set(member, first ?? device);
      if (first === undefined || first === device) return [];
      const message = `${member} belongs to ${first} already`;
      const field = bond ? 'bondslaves' : 'bridgeslaves';
      return [tell(node, { code: 'name-twice', message, mend: 'give each its own', field })];
    }),
  );
}

function portFindings({ node, ports }: Firewall): Finding[] {
  return ports
    .filter((port) => {
      const [first, last] = port.split(':')[0]!.split('-');
      const isPort = (text: string | undefined) => text === undefined || isNumber(text, 1, 65_535);
      const named = /^[a-z][a-z0-9-]*$/i.test(port.split(':')[0]!);
      const right = named || (isPort(first) && isPort(last) && Number(first) <= Number(last ?? first));
      return !right || !/:(tcp|udp|sctp|dccp)$/.test(port);
    })
    .map((port) => {
      const message = `${port} is no port`;
      const mend = 'write PORT:PROTOCOL, such as 16514:tcp';
      return tell(node, { code: 'value-invalid', message, mend, field: 'ports' });
    });
}

function iscsiFindings(
  node: Document['last'] extends ReadonlyMap<string, infer N> ? N | undefined : never,
): Finding[] {
  const address = node?.values.ipaddr;
  if (!node || typeof address !== 'string' || isAddress(address) || isHostName(address)) return [];
  const told = { message: `${address} is no address`, mend: 'give the portal’s', field: 'ipaddr' };
  return [tell(node, { code: 'address-impossible', ...told })];
}

function isNetmask(text: string): boolean {
  const mask = parseIpv4(text);
  if (mask === undefined || mask === 0) return false;
  const hosts = 2 ** 32 - mask;
  return Number.isInteger(Math.log2(hosts));
}

function isIpv6Setting(text: string): boolean {
  if (/^(auto|dhcp|ignore)$/.test(text)) return true;
  const [address, prefix, ...rest] = text.split('/');
  return rest.length === 0 && isIPv6(address!) && (prefix === undefined || isNumber(prefix, 1, 128));
}

const isAddress = (text: string) => isIPv4(text) || isIPv6(text);

/** A name whose last part is digits alone would be read as an address. */
export function isHostName(text: string): boolean {
  const parts = text.replace(/\.$/, '').split('.');
  return (
    text.length <= 253 &&
    parts.every((part) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(part)) &&
    !(parts.length > 1 && /^\d+$/.test(parts.at(-1)!))
  );
}

function isNumber(text: string, least: number, most: number): boolean {
  return /^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most;
}
