import { RackhandError } from '../../builder/shared/errors.ts';
import { internetChecksum } from './datagram.ts';
import * as c from './libc.ts';

/** raw(7): a bit for each type of message that the socket does not want. */
const SOL_RAW = 255;
const ICMP_FILTER = 1;
const ECHO_REPLY = 0;
const ECHO = 8;
const HEADER = 8;

/**
 * A socket for ICMP echo that hears answers alone. Not a ping socket: those are closed to everybody until a sysctl
 * says otherwise (icmp(7), ping_group_range).
 * @throws RackhandError not-permitted | socket-failed
 */
export function openEcho(): number {
  const fd = c.socket(c.AF_INET, c.SOCK_RAW | c.SOCK_NONBLOCK | c.SOCK_CLOEXEC, c.IPPROTO_ICMP);
  const unwanted = Buffer.from(Uint32Array.of(~(1 << ECHO_REPLY) >>> 0).buffer);
  if (fd >= 0 && c.setsockopt(fd, SOL_RAW, ICMP_FILTER, unwanted, unwanted.length) === 0) return fd;
  const name = c.lastErrno();
  if (fd >= 0) c.close(fd);
  const permitted = name !== 'EPERM' && name !== 'EACCES';
  throw new RackhandError(
    permitted ? 'socket-failed' : 'not-permitted',
    `cannot open a raw ICMP socket: ${name}`,
    permitted ? 'the error name says why' : 'start rackhand serve as root or give it CAP_NET_RAW',
  );
}

/** Echo request (RFC 792) without data. @param id 16 bits that tell our own answers from those of others */
export function writeEcho(id: number, sequence: number, into: Buffer): number {
  into.fill(0, 0, HEADER);
  into[0] = ECHO;
  into.writeUInt16BE(id, 4);
  into.writeUInt16BE(sequence & 0xffff, 6);
  into.writeUInt16BE(internetChecksum(into.subarray(0, HEADER)), 2);
  return HEADER;
}

/** Whether a packet, as a raw socket gives it (with its IPv4 header), is an answer to an echo of this id. */
export function isEchoReply(packet: Buffer, id: number): boolean {
  const at = packet.length > 0 ? (packet[0]! & 15) * 4 : 0;
  if (at < 20 || packet.length < at + HEADER) return false;
  return packet[at] === ECHO_REPLY && packet[at + 1] === 0 && packet.readUInt16BE(at + 4) === id;
}
