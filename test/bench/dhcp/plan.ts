import { ipv4Number, ipv4Text, type Network, parseCidr } from '../../../pxe-server/net/ipv4.ts';
import { macOf48 } from '../../pxe-server/dhcp/packets.ts';

/**
 * Addresses of the bench, alike for every server. perfdhcp speaks as a relay, so the subnet that it loads is the
 * one of its own addresses; leases that are there before a run lie in other subnets, behind other relays.
 */
export const SERVER = '10.0.0.1';
export const CLIENT = '10.0.0.2';
/** Relays, one for each load program that asks at the same time. */
export const RELAYS = [CLIENT, '10.0.0.3'] as const;
export const PREFIX = 14;
export const LEASE_SECONDS = 3600;

export interface PlannedSubnet {
  cidr: string;
  range: { from: string; to: string };
}

/** The subnet under load: 261,888 addresses, more than perfdhcp has clients. */
export const LOADED: PlannedSubnet = {
  cidr: `10.0.0.0/${PREFIX}`,
  range: { from: '10.0.1.0', to: '10.3.255.254' },
};

/** Each holds at most 65,536 addresses, the most that a subnet of ours may have; sixteen hold a million. */
export const FILLED: readonly PlannedSubnet[] = Array.from({ length: 16 }, (_, i) => ({
  cidr: `10.${16 + i}.0.0/16`,
  range: { from: `10.${16 + i}.0.1`, to: `10.${16 + i}.255.254` },
}));

export const SUBNETS: readonly PlannedSubnet[] = [LOADED, ...FILLED];

export interface PlannedLease {
  address: number;
  mac: string;
  /** Index in SUBNETS. */
  subnet: number;
  /** Seconds since the epoch. */
  expires: number;
}

/** Leases of machines that are not in the run, spread over all filled subnets; they run for days. */
export function* plannedLeases(count: number, now = Math.floor(Date.now() / 1000)): Generator<PlannedLease> {
  const firsts = FILLED.map(({ range }) => ipv4Number(range.from));
  for (let i = 0; i < count; i++) {
    const at = i % FILLED.length;
    yield {
      address: firsts[at]! + Math.floor(i / FILLED.length),
      mac: macOf48(0x0200_0000_0000 + i),
      subnet: at + 1,
      expires: now + 7 * 86_400 + (i % 86_400),
    };
  }
}

/** "255.252.0.0" */
export function maskText(cidr: string): string {
  return ipv4Text((parseCidr(cidr) as Network).mask);
}
