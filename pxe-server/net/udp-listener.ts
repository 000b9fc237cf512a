import { type BatchOptions, BatchSocket } from './batch-socket.ts';
import type { Endpoint, Host } from './endpoint.ts';
import { ipv4Text, parseIpv4 } from './ipv4.ts';
import { ipv6Number, ipv6Text, isLinkLocal } from './ipv6.ts';
import { Ipv6Socket } from './ipv6-socket.ts';
import * as c from './libc.ts';

/** Hears everybody on one address of ours, and answers from it. */
export interface UdpListener {
  /** The address of ours. */
  readonly local: Host['address'];
  /** Takes what is there, at most a batch; the bytes are good until the next one. */
  receive(take: (bytes: Buffer, from: Endpoint) => void): void;
  /** Leaves at once, or with the next `flush`. */
  send(bytes: Buffer, to: Endpoint): void;
  flush(): void;
  /** The descriptor stays open. */
  close(): void;
}

/**
 * @param fd bound to that address, of its family; does not block
 * @param unsent told of each datagram that could not be sent, with the name of the error and the text of its address
 */
export function udpListener(
  { fd, address }: { fd: number; address: string },
  unsent: (errno: string, to: string) => void,
  options: Required<BatchOptions>,
): UdpListener {
  const local = parseIpv4(address);
  return local === undefined
    ? overIpv6(fd, ipv6Number(address), unsent)
    : overIpv4(fd, local, unsent, options);
}

type Unsent = (errno: string, to: string) => void;

function overIpv4(fd: number, local: number, unsent: Unsent, options: Required<BatchOptions>): UdpListener {
  const socket = new BatchSocket(fd, (errno, to) => unsent(errno, ipv4Text(to)), options);
  return {
    local,
    receive: (take) => void socket.receive(({ bytes, address, port }) => take(bytes, { address, port })),
    send(bytes, { address, port }) {
      bytes.copy(socket.slot());
      socket.post(Math.min(bytes.length, options.size), Number(address), port, 0);
    },
    flush: () => socket.flush(),
    close: () => socket.close(),
  };
}

function overIpv6(fd: number, local: bigint, unsent: Unsent): UdpListener {
  const socket = new Ipv6Socket(fd, (errno, to) => unsent(errno, hostText(to)));
  return {
    local,
    receive: (take) =>
      socket.receive(({ bytes, address, port, zone }) =>
        take(bytes, { address, port, zone: isLinkLocal(address) ? zone : 0 }),
      ),
    send: (bytes, { address, port, zone = 0 }) =>
      void socket.send(bytes, { address: BigInt(address), port, zone }),
    flush: () => undefined,
    close: () => socket.close(),
  };
}

/** "192.0.2.9", "2001:db8::9", and "fe80::9%eth0" with its interface (RFC 4007 section 11). */
export function hostText({ address, zone = 0 }: Host): string {
  if (typeof address === 'number') return ipv4Text(address);
  return zone === 0 ? ipv6Text(address) : `${ipv6Text(address)}%${c.ifIndexToName(zone) ?? zone}`;
}
