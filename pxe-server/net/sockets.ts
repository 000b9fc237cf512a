import { RackhandError } from '../../builder/shared/errors.ts';
import { parseIpv4 } from './ipv4.ts';
import { ipv6Bytes, parseIpv6, urlHost } from './ipv6.ts';
import * as c from './libc.ts';
import { portHolder } from './port-holder.ts';

export interface UdpOptions {
  /** Interface that the socket hears and speaks on (SO_BINDTODEVICE); absent: all. */
  device?: string;
  address: string;
  port: number;
  /** May send to broadcast addresses. */
  broadcast?: boolean;
  reuseAddress?: boolean;
  /** IPv6 groups to join on the device. */
  groups?: string[];
}

export interface TcpOptions {
  device?: string;
  address: string;
  port: number;
  backlog?: number;
}

/** A rack that is switched on at once sends more than the default 200 KiB hold while a commit is written. */
const RECEIVE_BUFFER = 4 << 20;
const BACKLOG = 511;

/**
 * Opens a UDP socket and gives its descriptor; an unprivileged process that inherits it uses it by
 * `dgram.createSocket('udp4').bind({ fd })`, `udp6` for an IPv6 address.
 * @throws RackhandError port-in-use | address-absent | interface-absent | not-permitted | socket-failed
 */
export function openUdp(options: UdpOptions): number {
  const fd = open('udp', c.SOCK_DGRAM, options, (set) => {
    if (options.broadcast) set(c.SO_BROADCAST, 1);
    if (options.reuseAddress) set(c.SO_REUSEADDR, 1);
    if (!set(c.SO_RCVBUFFORCE, RECEIVE_BUFFER)) set(c.SO_RCVBUF, RECEIVE_BUFFER);
  });
  for (const group of options.groups ?? []) join('udp', options, fd, group);
  return fd;
}

/**
 * Opens a raw ICMPv6 socket that hears the named message types on a device, and what it sends has the hop limit of
 * 255 that neighbour discovery wants (RFC 4861 section 4).
 * @throws RackhandError ipv6-absent where the kernel has no IPv6, and as openUdp
 */
export function openIcmp6(device: string, types: readonly number[], groups: readonly string[]): number {
  const options = { device, address: '::', port: 0 };
  const fd = c.socket(c.AF_INET6, c.SOCK_RAW | c.SOCK_NONBLOCK | c.SOCK_CLOEXEC, c.IPPROTO_ICMPV6);
  if (fd < 0) fail('icmp', options, undefined);
  // A bit for each type that is kept away (RFC 3542 3.2).
  const filter = Buffer.alloc(32, 0xff);
  for (const type of types) {
    const at = (type >> 5) * 4;
    filter.writeUInt32LE((filter.readUInt32LE(at) & ~(1 << (type & 31))) >>> 0, at);
  }
  if (c.setsockopt(fd, c.IPPROTO_ICMPV6, c.ICMPV6_FILTER, filter, filter.length) < 0)
    fail('icmp', options, fd);
  for (const [name, value] of [
    [c.IPV6_UNICAST_HOPS, 255],
    [c.IPV6_MULTICAST_HOPS, 255],
    [c.IPV6_MULTICAST_LOOP, 0],
  ] as const)
    if (c.setsockopt(fd, c.IPPROTO_IPV6, name, int32(value), 4) < 0) fail('icmp', options, fd);
  bindToDevice('icmp', options, fd);
  for (const group of groups) join('icmp', options, fd, group);
  return fd;
}

/** Opens a listening TCP socket; the role uses it by `server.listen({ fd })`. Errors as openUdp. */
export function openTcpListener(options: TcpOptions): number {
  const fd = open('tcp', c.SOCK_STREAM, options, (set) => set(c.SO_REUSEADDR, 1));
  if (c.listen(fd, options.backlog ?? BACKLOG) < 0) fail('tcp', options, fd);
  return fd;
}

/** Whether a descriptor is a socket that accepts connections (SO_ACCEPTCONN, socket(7)). */
export function accepts(fd: number): boolean {
  const value = new Int32Array(1);
  const bytes = new Uint8Array(value.buffer);
  const size = new Uint32Array([bytes.length]);
  return c.getsockopt(fd, c.SOL_SOCKET, c.SO_ACCEPTCONN, bytes, size) === 0 && value[0] === 1;
}

export function closeFd(fd: number): void {
  c.close(fd);
}

type Protocol = 'udp' | 'tcp' | 'icmp';
type SetOption = (option: number, value: number) => boolean;

function open(
  protocol: Protocol,
  type: number,
  options: UdpOptions | TcpOptions,
  configure: (set: SetOption) => unknown,
): number {
  const address = socketAddress(options.address, options.port);
  const family = address.length === SOCKADDR_IN ? c.AF_INET : c.AF_INET6;
  const fd = c.socket(family, type | c.SOCK_NONBLOCK | c.SOCK_CLOEXEC, 0);
  if (fd < 0) fail(protocol, options, undefined);
  configure((option, value) => c.setsockopt(fd, c.SOL_SOCKET, option, int32(value), 4) === 0);
  if (family === c.AF_INET6) {
    c.setsockopt(fd, c.IPPROTO_IPV6, c.IPV6_V6ONLY, int32(1), 4);
    // An address that was set a moment ago is still looked for on the link (RFC 4862 5.4).
    c.setsockopt(fd, c.IPPROTO_IPV6, c.IPV6_FREEBIND, int32(1), 4);
  }
  bindToDevice(protocol, options, fd);
  if (c.bind(fd, address, address.length) < 0) fail(protocol, options, fd);
  return fd;
}

function bindToDevice(protocol: Protocol, options: UdpOptions | TcpOptions, fd: number): void {
  if (options.device === undefined) return;
  const name = Buffer.from(`${options.device}\0`);
  if (c.setsockopt(fd, c.SOL_SOCKET, c.SO_BINDTODEVICE, name, name.length) < 0) fail(protocol, options, fd);
}

/** struct ipv6_mreq: group and interface. */
function join(protocol: Protocol, options: UdpOptions | TcpOptions, fd: number, group: string): void {
  const request = Buffer.alloc(20);
  ipv6Bytes(parseIpv6(group)!).copy(request);
  request.writeUInt32LE(c.ifNameToIndex(options.device ?? ''), 16);
  if (c.setsockopt(fd, c.IPPROTO_IPV6, c.IPV6_JOIN_GROUP, request, request.length) < 0)
    fail(protocol, options, fd);
}

const SOCKADDR_IN = 16;
const SOCKADDR_IN6 = 28;

/** struct sockaddr_in or sockaddr_in6: the family in host order, port and address in network order. */
function socketAddress(address: string, port: number): Buffer {
  const number = parseIpv4(address);
  const wide = number === undefined ? parseIpv6(address) : undefined;
  if (wide !== undefined) {
    const bytes = Buffer.alloc(SOCKADDR_IN6);
    bytes.writeUInt16LE(c.AF_INET6, 0);
    bytes.writeUInt16BE(port, 2);
    ipv6Bytes(wide).copy(bytes, 8);
    return bytes;
  }
  if (number === undefined)
    throw new RackhandError('address-absent', `${address} is not an IP address`, 'correct the config');
  const bytes = Buffer.alloc(SOCKADDR_IN);
  new Uint16Array(bytes.buffer, bytes.byteOffset, 1)[0] = c.AF_INET;
  bytes.writeUInt16BE(port, 2);
  bytes.writeUInt32BE(number, 4);
  return bytes;
}

function int32(value: number): Buffer {
  return Buffer.from(new Int32Array([value]).buffer);
}

/** Reads errno, closes the socket and throws what it means. */
function fail(protocol: Protocol, options: UdpOptions | TcpOptions, fd: number | undefined): never {
  const name = c.lastErrno();
  if (fd !== undefined) c.close(fd);
  const { device, address, port } = options;
  const where = `${protocol} ${urlHost(address)}:${port}${device === undefined ? '' : ` on ${device}`}`;
  switch (name) {
    case 'EADDRINUSE': {
      const holder = protocol === 'icmp' ? undefined : portHolder(protocol, port);
      const who = holder ? `${holder.name} (process ${holder.pid})` : 'another process';
      const mend = holder
        ? `stop ${holder.name}, keep it off this interface, or configure another port`
        : `find it by: ss -lnp${protocol === 'udp' ? 'u' : 't'} sport = :${port}`;
      throw new RackhandError('port-in-use', `cannot open ${where}: ${who} has the port`, mend);
    }
    case 'EADDRNOTAVAIL': {
      const mend = `ip address add ${address}/${address.includes(':') ? 64 : 24} dev ${device ?? 'INTERFACE'}, or correct the config`;
      throw new RackhandError('address-absent', `cannot open ${where}: no interface has ${address}`, mend);
    }
    case 'EAFNOSUPPORT': {
      const mend = 'start the kernel without ipv6.disable=1, or leave ipv6 out of the configuration';
      throw new RackhandError('ipv6-absent', `cannot open ${where}: this kernel has no IPv6`, mend);
    }
    case 'ENODEV': {
      const mend = 'name an interface that `ip link` shows';
      throw new RackhandError('interface-absent', `cannot open ${where}: no interface ${device}`, mend);
    }
    case 'EPERM':
    case 'EACCES': {
      const mend = 'start rackhand serve as root; it gives up root once its sockets are open';
      throw new RackhandError('not-permitted', `cannot open ${where}: not permitted (${name})`, mend);
    }
    default:
      throw new RackhandError('socket-failed', `cannot open ${where}: ${name}`, 'the error name says why');
  }
}
