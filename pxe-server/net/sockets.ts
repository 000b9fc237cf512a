import { RackhandError } from '../../builder/shared/errors.ts';
import { parseIpv4 } from './ipv4.ts';
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
 * `dgram.createSocket('udp4').bind({ fd })`.
 * @throws RackhandError port-in-use | address-absent | interface-absent | not-permitted | socket-failed
 */
export function openUdp(options: UdpOptions): number {
  return open('udp', c.SOCK_DGRAM, options, (set) => {
    if (options.broadcast) set(c.SO_BROADCAST, 1);
    if (options.reuseAddress) set(c.SO_REUSEADDR, 1);
    if (!set(c.SO_RCVBUFFORCE, RECEIVE_BUFFER)) set(c.SO_RCVBUF, RECEIVE_BUFFER);
  });
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

type Protocol = 'udp' | 'tcp';
type SetOption = (option: number, value: number) => boolean;

function open(
  protocol: Protocol,
  type: number,
  options: UdpOptions | TcpOptions,
  configure: (set: SetOption) => unknown,
): number {
  const address = socketAddress(options.address, options.port);
  const fd = c.socket(c.AF_INET, type | c.SOCK_NONBLOCK | c.SOCK_CLOEXEC, 0);
  if (fd < 0) fail(protocol, options, undefined);
  configure((option, value) => c.setsockopt(fd, c.SOL_SOCKET, option, int32(value), 4) === 0);
  if (options.device !== undefined) {
    const name = Buffer.from(`${options.device}\0`);
    if (c.setsockopt(fd, c.SOL_SOCKET, c.SO_BINDTODEVICE, name, name.length) < 0) fail(protocol, options, fd);
  }
  if (c.bind(fd, address, address.length) < 0) fail(protocol, options, fd);
  return fd;
}

/** struct sockaddr_in: the family in host order, port and address in network order. */
function socketAddress(address: string, port: number): Buffer {
  const number = parseIpv4(address);
  if (number === undefined)
    throw new RackhandError('address-absent', `${address} is not an IPv4 address`, 'correct the config');
  const bytes = Buffer.alloc(16);
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
  const where = `${protocol} ${address}:${port}${device === undefined ? '' : ` on ${device}`}`;
  switch (name) {
    case 'EADDRINUSE': {
      const holder = portHolder(protocol, port);
      const who = holder ? `${holder.name} (process ${holder.pid})` : 'another process';
      const mend = holder
        ? `stop ${holder.name}, keep it off this interface, or configure another port`
        : `find it by: ss -lnp${protocol === 'udp' ? 'u' : 't'} sport = :${port}`;
      throw new RackhandError('port-in-use', `cannot open ${where}: ${who} has the port`, mend);
    }
    case 'EADDRNOTAVAIL': {
      const mend = `ip address add ${address}/24 dev ${device ?? 'INTERFACE'}, or correct the config`;
      throw new RackhandError('address-absent', `cannot open ${where}: no interface has ${address}`, mend);
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
