import { randomInt } from 'node:crypto';
import { arpProbe, decodeArp, userOf } from '../../net/arp.ts';
import { BatchSocket } from '../../net/batch-socket.ts';
import { isEchoReply, writeEcho } from '../../net/echo.ts';
import { type Guard, listen } from '../../net/listen.ts';
import { macText } from '../../net/mac.ts';
import { BROADCAST_MAC, PacketSocket } from '../../net/packet-socket.ts';
import type { Reactor } from '../../net/reactor.ts';
import type { Overheard } from '../tap.ts';
import type { Medium } from './prober.ts';

/** ARP on the link of an inherited packet socket; undefined where the link is no Ethernet. */
export function arpMedium(
  fd: number,
  reactor: Reactor,
  guard: Guard,
  overheard?: Overheard,
): Medium | undefined {
  const socket = new PacketSocket(fd, 'arp');
  if (!socket.mac()) return undefined;
  return {
    ask(address) {
      // Asked anew: the address of a bond is that of the card that carries it now.
      const mac = socket.mac();
      return mac !== undefined && socket.send(arpProbe(mac, address), BROADCAST_MAC);
    },
    hear: (heard) =>
      listen(
        reactor,
        socket,
        ({ bytes }) => {
          const packet = decodeArp(bytes);
          const user = packet && userOf(packet);
          if (!user) return;
          const mac = macText(user.mac);
          heard(user.address, mac);
          overheard?.tap.overhear('arp', mac, bytes, overheard.now());
        },
        guard,
      ),
  };
}

/** Bytes of the largest answer that is looked at: IPv4 header with options, ICMP header. */
const ANSWER = 128;

/** ICMP echo on an inherited raw socket. */
export function echoMedium(fd: number, reactor: Reactor, guard: Guard): Medium {
  const id = randomInt(0x10000);
  let unreachable = false;
  let sequence = 0;
  const socket = new BatchSocket(fd, () => (unreachable = true), { count: 32, size: ANSWER });
  return {
    ask(address) {
      unreachable = false;
      socket.post(writeEcho(id, sequence++, socket.slot()), address, 0, 0);
      socket.flush();
      return !unreachable;
    },
    hear(heard) {
      reactor.watch(fd, () =>
        socket.receive(({ bytes, address }) =>
          guard(bytes, () => {
            if (isEchoReply(bytes, id)) heard(address, undefined);
          }),
        ),
      );
      return () => {
        reactor.unwatch(fd);
        socket.close();
      };
    },
  };
}
