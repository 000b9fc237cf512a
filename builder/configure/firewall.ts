import type { Recipe } from '../recipe/schema.ts';
import { CONSOLE_PORTS, MIGRATION_PORTS, range, TLS_PORT } from './ports.ts';

/**
 * Input only, IPv4 and IPv6 alike, default deny: what guests send through bridges is the network's concern, not
 * the host's. ICMP is open, since path MTU (RFC 8201) and neighbours (RFC 4861) are found by it. Answers of DHCP
 * come to 68 and 546 from addresses that no connection was made to.
 */
export function firewall({ consoles }: Pick<Recipe, 'consoles'>): string[] {
  return [
    'table inet rackhand',
    'delete table inet rackhand',
    'table inet rackhand {',
    '  chain input {',
    '    type filter hook input priority filter; policy drop;',
    '    iifname "lo" accept',
    '    ct state established,related accept',
    '    meta l4proto { icmp, ipv6-icmp } accept',
    '    udp dport 68 udp sport 67 accept comment "DHCP"',
    '    udp dport 546 udp sport 547 ip6 saddr fe80::/10 accept comment "DHCPv6"',
    '    tcp dport 22 accept comment "ssh"',
    `    tcp dport ${TLS_PORT} accept comment "libvirt TLS"`,
    `    tcp dport ${range(MIGRATION_PORTS)} accept comment "migration"`,
    ...(consoles.listen === '127.0.0.1'
      ? []
      : [`    tcp dport ${range(CONSOLE_PORTS)} accept comment "consoles of guests"`]),
    '    iifname "virbr*" udp dport { 53, 67, 547 } accept comment "guests of libvirt\'s networks"',
    '    iifname "virbr*" tcp dport 53 accept comment "guests of libvirt\'s networks"',
    '  }',
    '}',
  ];
}
