/** The sides of UDP, of either family; pure. */

export interface Host {
  /** IPv4 as a number, IPv6 as a bigint. */
  address: number | bigint;
  /** Interface index of a link-local IPv6 address; 0 or absent for all others. */
  zone?: number;
}

export interface Endpoint extends Host {
  port: number;
}

/**
 * A host as the key of a map. IPv6 is text there: bigints are spread by their low 64 bits alone, and those are the
 * sender's to choose.
 */
export function hostKey({ address, zone = 0 }: Host): number | string {
  return typeof address === 'number' ? address : `${address.toString(32)}%${zone}`;
}

export function endpointKey(endpoint: Endpoint): number | string {
  const host = hostKey(endpoint);
  return typeof host === 'number' ? host * 65_536 + endpoint.port : `${host} ${endpoint.port}`;
}
