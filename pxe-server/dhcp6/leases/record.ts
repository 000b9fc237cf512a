import type { RecordCodec } from '../../dhcp/leases/record.ts';
import { ipv6Bytes, ipv6FromBytes } from '../../net/ipv6.ts';
import type { Lease6 } from './lease.ts';

const STATES = ['bound', 'released', 'declined'] as const;
/** State, lengths of client and MAC, address, end. */
const HEAD = 28;
/** A DUID of 130 bytes and an IAID, in hexadecimal. */
const LONGEST_CLIENT = 269;
const MAC = 17;

/** A lease of IPv6 in a log of the same frames as those of IPv4. */
export const lease6Record: RecordCodec<Lease6> = {
  magic: Buffer.from('RHLEASE6'),
  longest: HEAD + LONGEST_CLIENT + MAC,
  write({ address, client, mac = '', state, expires }, bytes, from) {
    const code = STATES.indexOf(state as (typeof STATES)[number]);
    if (code < 0) throw new RangeError(`a lease that is ${state} is not kept`);
    if (client.length > LONGEST_CLIENT || mac.length > MAC) throw new RangeError('a name that is too long');
    let at = bytes.writeUInt8(code, from);
    at = bytes.writeUInt16LE(client.length, at);
    at = bytes.writeUInt8(mac.length, at);
    at += ipv6Bytes(address).copy(bytes, at);
    at = bytes.writeDoubleLE(expires, at);
    at += bytes.write(client, at, 'latin1');
    return at + bytes.write(mac, at, 'latin1');
  },
  read(bytes, at, take) {
    const client = at + HEAD;
    const mac = client + bytes.readUInt16LE(at + 1);
    const end = mac + bytes[at + 3]!;
    take({
      address: ipv6FromBytes(bytes, at + 4),
      client: bytes.toString('latin1', client, mac),
      ...(end > mac ? { mac: bytes.toString('latin1', mac, end) } : {}),
      state: STATES[bytes[at]!]!,
      expires: bytes.readDoubleLE(at + 20),
    });
    return end;
  },
};
