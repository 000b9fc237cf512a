import koffi from 'koffi';
import { RackhandError } from '../../builder/shared/errors.ts';
import { ipv4Text } from './ipv4.ts';
import * as c from './libc.ts';

export interface InterfaceAddress {
  interface: string;
  address: string;
  prefix: number;
}

const IfAddrs = koffi.struct('ifaddrs', {
  next: 'void *',
  name: 'char *',
  flags: 'uint32_t',
  address: 'void *',
  netmask: 'void *',
  destination: 'void *',
  data: 'void *',
});
interface Entry {
  next: unknown;
  name: string;
  address: unknown;
  netmask: unknown;
}

/**
 * Every IPv4 and IPv6 address of this network namespace. Not os.networkInterfaces(): that leaves out interfaces
 * without a carrier, and a server must start while the switch is still off.
 */
export function interfaceAddresses(): InterfaceAddress[] {
  const first: [unknown] = [null];
  if (c.getIfAddrs(first) < 0)
    throw new RackhandError('interface-absent', `getifaddrs: ${c.lastErrno()}`, 'look at: ip address');
  const found: InterfaceAddress[] = [];
  for (let at = first[0]; at; ) {
    const entry = koffi.decode(at, IfAddrs) as Entry;
    const address = readAddress(entry);
    if (address) found.push(address);
    at = entry.next;
  }
  c.freeIfAddrs(first[0]);
  return found;
}

/** struct sockaddr_in holds the address from byte 4, sockaddr_in6 from byte 8. */
function readAddress({ name, address, netmask }: Entry): InterfaceAddress | undefined {
  if (!address || !netmask) return undefined;
  const bytes = (pointer: unknown, from: number, length: number): Uint8Array =>
    Uint8Array.from((koffi.decode(pointer, koffi.array('uint8_t', from + length)) as number[]).slice(from));
  const family = koffi.decode(address, 'uint16_t') as number;
  if (family === c.AF_INET) {
    const text = ipv4Text(Buffer.from(bytes(address, 4, 4)).readUInt32BE());
    return { interface: name, address: text, prefix: ones(bytes(netmask, 4, 4)) };
  }
  if (family === c.AF_INET6) {
    const text = ipv6Text(bytes(address, 8, 16));
    return { interface: name, address: text, prefix: ones(bytes(netmask, 8, 16)) };
  }
  return undefined;
}

function ones(mask: Uint8Array): number {
  return mask.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);
}

/** RFC 5952, by way of the URL parser. */
function ipv6Text(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}
