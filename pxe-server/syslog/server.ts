import { createSocket } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import { SyslogFrames } from './frames.ts';

/** A socket that is open already: UDP bound, TCP listening. */
export interface SyslogSocket {
  address: string;
  udp: number;
  tcp: number;
}

/** Connections at once, of all and of one address; one that says nothing for so long (milliseconds) is gone. */
const MOST = 1024;
const MOST_EACH = 4;
const SILENT_MS = 6 * 3_600_000;

/**
 * Hears syslog by UDP (RFC 5426) and by TCP (RFC 6587): the manuals of EL say that `inst.syslog` is UDP, and what Anaconda
 * writes into rsyslog's configuration (`*.* @@HOST`) is TCP.
 * @param heard gets each message; its bytes are good until it returns
 * @returns what ends it
 */
export async function listenSyslog(
  sockets: readonly SyslogSocket[],
  heard: (message: Buffer, address: string) => void,
  onFault: (error: unknown) => void,
): Promise<() => Promise<void>> {
  const ends = sockets.flatMap(({ address, udp, tcp }) => [
    overUdp(udp, address.includes(':') ? 'udp6' : 'udp4', heard, onFault),
    overTcp(tcp, heard, onFault),
  ]);
  const running = await Promise.all(ends);
  return async () => {
    await Promise.all(running.map((end) => end()));
  };
}

type Heard = (message: Buffer, address: string) => void;
type End = () => Promise<void>;

function overUdp(
  fd: number,
  type: 'udp4' | 'udp6',
  heard: Heard,
  onFault: (error: unknown) => void,
): Promise<End> {
  const socket = createSocket(type);
  socket.on('message', (bytes, from) => heard(bytes, from.address));
  socket.on('error', onFault);
  return new Promise((resolve) => {
    socket.bind({ fd }, () => resolve(() => new Promise((closed) => socket.close(() => closed()))));
  });
}

function overTcp(fd: number, heard: Heard, onFault: (error: unknown) => void): Promise<End> {
  const open = new Map<Socket, string>();
  const server = createServer((socket) => {
    const address = socket.remoteAddress;
    const own = [...open.values()].filter((other) => other === address).length;
    if (address === undefined || own >= MOST_EACH) return void socket.destroy();
    open.set(socket, address);
    const frames = new SyslogFrames();
    socket.on('data', (chunk) => frames.push(chunk, (message) => heard(message, address)));
    socket.on('error', () => undefined); // 'close' follows
    socket.on('close', () => open.delete(socket));
    socket.setTimeout(SILENT_MS, () => socket.destroy());
  });
  server.maxConnections = MOST;
  server.on('error', onFault);
  return new Promise((resolve) => {
    server.listen({ fd }, () =>
      resolve(
        () =>
          new Promise((closed) => {
            server.close(() => closed());
            for (const socket of open.keys()) socket.destroy();
          }),
      ),
    );
  });
}
