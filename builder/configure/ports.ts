interface Ports {
  first: number;
  last: number;
}

/** TCP ports of a host that managers reach: libvirt's, its firewall's and the kernel's settings go by these. */
export const TLS_PORT = 16514;
/** Two for each guest: VNC, and SPICE where the base has it. */
export const CONSOLE_PORTS: Ports = { first: 5900, last: 9999 };
export const MIGRATION_PORTS: Ports = { first: 49152, last: 49216 };

/** As nftables, firewalld and sysctl write them. */
export function range({ first, last }: Ports): string {
  return `${first}-${last}`;
}
