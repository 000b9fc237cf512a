import { ipv4Text, type Network } from '../../net/ipv4.ts';
import type { DhcpPacket } from '../codec.ts';
import { type ClientKey, isOver } from '../leases/lease.ts';
import type { LeaseTable } from '../leases/table.ts';
import { Buckets } from './buckets.ts';
import { HeldAddresses } from './held-addresses.ts';
import { portText, relayPort } from './relay-port.ts';

/** How much of a subnet strangers may take; undefined: as much as there is. */
export interface LimitSettings {
  /** Addresses that one port of a relay may hold at a time. */
  addressesPerPort: number | undefined;
  /** Machines that get an address anew in a minute, for each port of a relay and for each MAC prefix. */
  newLeasesPerPort: number | undefined;
  newLeasesPerPrefix: number | undefined;
}

export interface Asked {
  packet: Pick<DhcpPacket, 'giaddr' | 'options'>;
  client: ClientKey;
  network: Network;
  settings: LimitSettings;
  /** A declared host, or one with a reservation: it is counted, and never refused. */
  trusted: boolean;
  leases: Pick<LeaseTable, 'of' | 'at'>;
  now: number;
}

/**
 * Keeps one port or one program that invents MACs from taking a pool away. A machine that has its address already is
 * never refused, and neither is a declared host.
 */
export class Limits {
  readonly #rates = new Buckets();
  readonly #held = new HeldAddresses();

  /** @returns why the client gets no address now */
  refusal(asked: Asked): string | undefined {
    const { packet, client, network, settings, trusted, leases, now } = asked;
    if (trusted) return undefined;
    const port = relayPort(packet);
    const { addressesPerPort, newLeasesPerPort, newLeasesPerPrefix } = settings;
    if (port === undefined && newLeasesPerPrefix === undefined) return undefined;
    const has = leases.of(client, network);
    if (has && !isOver(has, now)) return undefined;
    if (port !== undefined && addressesPerPort !== undefined) {
      if (this.#held.count(port, leases, now) >= addressesPerPort)
        return `${portText(port, ipv4Text)} holds ${addressesPerPort} address(es) already (addressesPerPort)`;
    }
    const where = network.first.toString(16);
    if (port !== undefined && newLeasesPerPort !== undefined) {
      if (!this.#rates.take(`${where} ${port}`, newLeasesPerPort, now))
        return `more than ${newLeasesPerPort} new machines a minute at ${portText(port, ipv4Text)} (newLeasesPerPort)`;
    }
    const prefix = macPrefix(client);
    if (newLeasesPerPrefix !== undefined && !this.#rates.take(`${where} ${prefix}`, newLeasesPerPrefix, now))
      return `more than ${newLeasesPerPrefix} new machines a minute with ${prefix} (newLeasesPerPrefix)`;
    return undefined;
  }

  /** The client was offered or given an address. */
  granted(
    { packet, client, settings }: Pick<Asked, 'packet' | 'client' | 'settings'>,
    address: number,
  ): void {
    if (settings.addressesPerPort === undefined) return;
    const port = relayPort(packet);
    if (port !== undefined) this.#held.hold(port, address, client);
  }
}

/**
 * Maker of a network card, by the first half of its MAC. MACs that nobody was assigned, as programs and guests
 * have, are one maker's; so are clients without a MAC.
 */
export function macPrefix(client: ClientKey): string {
  const first = /^([0-9a-f]{2}):[0-9a-f]{2}:[0-9a-f]{2}:/.exec(client);
  if (!first) return 'no MAC';
  return Number.parseInt(first[1]!, 16) & 2 ? 'MACs of their own choice' : `MACs ${first[0]}…`;
}
