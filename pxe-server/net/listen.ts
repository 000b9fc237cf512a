import type { HeardPacket, PacketSocket } from './packet-socket.ts';
import type { Reactor } from './reactor.ts';

/** Runs what belongs to a packet so that no packet ends the thread. */
export type Guard = (bytes: Buffer, handle: () => void) => void;

/** Packets of one turn, and of a second. Past that the kernel drops them: a storm on a link must cost DHCP nothing. */
const PER_TURN = 64;
const PER_SECOND = 2000;

/** Takes what comes on a packet socket, as much as is reasonable. @returns what ends it */
export function listen(
  reactor: Reactor,
  socket: PacketSocket,
  take: (packet: HeardPacket) => void,
  guard: Guard,
): () => void {
  const guarded = (packet: HeardPacket) => guard(packet.bytes, () => take(packet));
  let left = PER_SECOND;
  const hear = () => {
    left -= socket.receive(guarded, Math.min(PER_TURN, left));
    if (left <= 0) reactor.unwatch(socket.fd);
  };
  reactor.watch(socket.fd, hear);
  const stop = reactor.every(1000, () => {
    if (left <= 0) reactor.watch(socket.fd, hear);
    left = PER_SECOND;
  });
  return () => {
    stop();
    reactor.unwatch(socket.fd);
  };
}
