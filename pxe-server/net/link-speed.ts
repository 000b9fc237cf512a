import { readFileSync } from 'node:fs';
import { interfaceAddresses } from './addresses.ts';

/** Mbit/s of the slowest interface with one of these addresses, or null when none says (virtual ones do not). */
export function linkSpeed(addresses: readonly string[]): number | null {
  const names = interfaceAddresses()
    .filter(({ address }) => addresses.includes(address))
    .map((one) => one.interface);
  const speeds = [...new Set(names)].flatMap((name) => speedOf(name) ?? []);
  return speeds.length > 0 ? Math.min(...speeds) : null;
}

function speedOf(name: string): number | undefined {
  try {
    const speed = Number(readFileSync(`/sys/class/net/${name}/speed`, 'utf8'));
    return speed > 0 ? speed : undefined;
  } catch {
    return undefined; // no carrier, or an interface without a speed
  }
}
