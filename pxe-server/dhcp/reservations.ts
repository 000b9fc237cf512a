import { parseIpv4 } from '../net/ipv4.ts';
import type { Reservations } from './leases/lease.ts';

/** The addresses that hosts were promised: each for the first MAC of its host. */
export function reservationsOf(
  hosts: readonly { macs: readonly string[]; address?: string | undefined }[],
): Reservations {
  const byClient = new Map<string, number>();
  const byAddress = new Map<number, string>();
  for (const { macs, address } of hosts) {
    const number = address === undefined ? undefined : parseIpv4(address);
    if (number === undefined || macs[0] === undefined) continue;
    byClient.set(macs[0], number);
    byAddress.set(number, macs[0]);
  }
  return {
    addressOf: (client) => byClient.get(client),
    clientOf: (address) => byAddress.get(address),
  };
}
