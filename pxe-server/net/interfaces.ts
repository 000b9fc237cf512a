import { readFileSync } from 'node:fs';
import { RackhandError } from '../../builder/shared/errors.ts';
import { interfaceAddresses } from './addresses.ts';
import * as c from './libc.ts';

export interface InterfaceFacts {
  name: string;
  index: number;
  mac: string;
  /** IPv4 and IPv6, as the kernel has them now. */
  addresses: { address: string; prefix: number }[];
  /** Administratively up; whether there is a carrier does not matter. */
  up: boolean;
}

const IFF_UP = 1;
/** struct ifreq: the name in 16 bytes, then what was asked for. */
const IFREQ_SIZE = 40;
const IFREQ_VALUE = 16;

/**
 * What the kernel knows of an interface in the network namespace of this process. Not from /sys: that
 * shows the namespace it was mounted in.
 * @throws RackhandError interface-absent, naming the interfaces that exist
 */
export function interfaceFacts(name: string): InterfaceFacts {
  const index = name.length < IFREQ_VALUE ? c.ifNameToIndex(name) : 0;
  if (index === 0) {
    const mend = `name one of: ${interfaceNames().join(', ')}`;
    throw new RackhandError('interface-absent', `no network interface ${name}`, mend);
  }
  const flags = new DataView(request(name, c.SIOCGIFFLAGS)).getUint16(IFREQ_VALUE, true);
  const mac = new Uint8Array(request(name, c.SIOCGIFHWADDR), IFREQ_VALUE + 2, 6);
  return {
    name,
    index,
    mac: [...mac].map((byte) => byte.toString(16).padStart(2, '0')).join(':'),
    addresses: interfaceAddresses()
      .filter((entry) => entry.interface === name)
      .map(({ address, prefix }) => ({ address, prefix })),
    up: (flags & IFF_UP) !== 0,
  };
}

function interfaceNames(): string[] {
  const lines = readFileSync('/proc/self/net/dev', 'utf8').split('\n').slice(2);
  return lines.flatMap((line) => /^\s*([^:\s]+):/.exec(line)?.[1] ?? []).sort();
}

function request(name: string, code: number): ArrayBuffer {
  const bytes = new Uint8Array(IFREQ_SIZE);
  bytes.set(Buffer.from(name));
  const fd = c.socket(c.AF_INET, c.SOCK_DGRAM | c.SOCK_CLOEXEC, 0);
  const result = c.ioctl(fd, code, bytes);
  const error = result < 0 ? c.lastErrno() : undefined;
  c.close(fd);
  if (error) throw new RackhandError('interface-absent', `interface ${name}: ${error}`, 'look at: ip link');
  return bytes.buffer;
}
