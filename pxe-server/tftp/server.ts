import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Logger } from 'pino';
import { errno } from '../../builder/shared/errors.ts';
import { decode, ErrorCode, error, type TftpRequest } from './codec.ts';
import { type Judgement, judge, type ServerLimits } from './judge.ts';
import { DEFAULT_LIMITS, negotiate } from './negotiate.ts';
import { Reports, type TftpEvent } from './reports.ts';
import { Session, type SessionEnd, udpOf } from './session.ts';
import { openSource, type TftpFile } from './source.ts';

export type { TftpEvent } from './reports.ts';
export type { TftpFile } from './source.ts';

export interface TftpOptions {
  /** Port 69, one socket per address; transfers leave from the same address. */
  sockets: { fd: number; address: string }[];
  /** What a name stands for; names are keys of a map, never paths. */
  files(name: string, client: string): TftpFile | undefined;
  onEvent(event: TftpEvent): void;
  log: Logger;
  limits?: Partial<ServerLimits>;
}

/** Read-only TFTP (RFC 1350, 2347, 2348, 2349, 7440) on inherited sockets. */
export async function startTftp(options: TftpOptions): Promise<{ stop(): Promise<void> }> {
  const service: Service = {
    options,
    limits: { ...DEFAULT_LIMITS, transfers: 1000, transfersPerClient: 16, ...options.limits },
    reports: new Reports(options.onEvent, options.log),
    running: new Set(),
  };
  const sockets = await Promise.all(options.sockets.map((settings) => listen(service, settings)));
  return {
    async stop() {
      for (const socket of sockets) socket.removeAllListeners('message');
      for (const transfer of service.running)
        end(transfer, { kind: 'failed', message: 'server stopped' }, 'server stops');
      await Promise.all([...service.running].map((transfer) => transfer.ended));
      await Promise.all(sockets.map((socket) => new Promise<void>((done) => socket.close(() => done()))));
      service.reports.stop();
    },
  };
}

interface Service {
  options: TftpOptions;
  limits: ServerLimits;
  reports: Reports;
  running: Set<Running>;
}

interface Client {
  address: string;
  port: number;
}

interface Running {
  client: Client;
  request: Buffer;
  /** Not there while the file is being opened. */
  session?: Session;
  stopped?: SessionEnd;
  ended: Promise<void>;
}

/** A request on its way through: from whom it came, to which of our addresses, and how to refuse it. */
interface Asked {
  client: Client;
  local: string;
  bytes: Buffer;
  refuse(code: number, message: string): void;
}

async function listen(service: Service, settings: { fd: number; address: string }): Promise<Socket> {
  const socket = createSocket(udpOf(settings.address));
  socket.on('error', (cause) => service.options.log.error({ cause, address: settings.address }, 'socket'));
  socket.on('message', (bytes, { address, port }) => {
    try {
      const refuse = (code: number, message: string) =>
        socket.send(error(code, message.slice(0, 200)), port, address, () => {});
      receive(service, { client: { address, port }, local: settings.address, bytes, refuse });
    } catch (cause) {
      // One packet must never end the service for the others.
      service.reports.notHandled(cause, bytes);
    }
  });
  const listening = once(socket, 'listening');
  socket.bind({ fd: settings.fd });
  await listening;
  return socket;
}

/** Packet → request → file → transfer. */
function receive(service: Service, asked: Asked): void {
  const { client, bytes } = asked;
  const request = requestOf(bytes, client.port);
  if (typeof request === 'string') {
    service.reports.malformed(request, client.address);
    return;
  }
  if (isRepeated(service, asked)) return;
  const underWay = [...service.running].filter((other) => !other.stopped);
  const own = underWay.filter((other) => other.client.address === client.address).length;
  const forsaken = leastWanted(service, underWay);
  const load = { total: underWay.length - (forsaken ? 1 : 0), own };
  const found = judge(request, load, service.limits, (name) => service.options.files(name, client.address));
  if (found.kind === 'unheard') service.reports.unheard(client.address);
  else if (found.kind === 'file') {
    if (forsaken) end(forsaken, { kind: 'dropped' });
    const transfer: Running = { client, request: bytes, ended: Promise.resolve() };
    service.running.add(transfer);
    transfer.ended = send(service, asked, found, transfer).finally(() => service.running.delete(transfer));
  } else {
    service.reports.refused(found.kind, found.message, client.address);
    asked.refuse(found.code, found.message);
  }
}

/** The request, or what is wrong with the packet. */
function requestOf(bytes: Buffer, port: number): TftpRequest | string {
  const packet = decode(bytes);
  if ('malformed' in packet) return packet.malformed;
  if (packet.kind === 'ack' || packet.kind === 'error') return `${packet.kind} on the port for requests`;
  return port === 0 ? 'from port 0, which nobody can be answered at' : packet;
}

/**
 * A request that comes again before the client answered is answered again, from the same port. Another
 * request from the same port ends what ran there: ROMs use one port for all that they ask, and leave without
 * a word after asking for the size or when the machine is reset. It is ended without a word too, since not
 * every ROM looks at the port that an error comes from.
 */
function isRepeated({ running }: Service, { client, bytes }: Asked): boolean {
  for (const other of running) {
    if (other.client.port !== client.port || other.client.address !== client.address) continue;
    const same = other.request.equals(bytes);
    if (same && !other.session?.answered) {
      other.session?.repeat();
      return true;
    }
    if (!same) end(other, { kind: 'aborted', message: 'it asked for something else' });
  }
  return false;
}

/**
 * Requests with forged senders are never answered. Where all places are taken, the oldest of those makes room, so
 * that they do not silence the service; a real machine answers long before its turn comes.
 */
function leastWanted({ running, limits }: Service, underWay: readonly Running[]): Running | undefined {
  // What was stopped holds a file for a moment more; while too many do, nothing new is begun.
  const leaving = running.size - underWay.length;
  if (underWay.length < limits.transfers || leaving >= limits.transfers) return undefined;
  return underWay.find((other) => !other.session?.answered);
}

function end(running: Running, how: SessionEnd, told?: string): void {
  running.stopped = how;
  running.session?.stop(how, told);
}

async function send(
  { reports, limits }: Service,
  { client, local, refuse }: Asked,
  { name, file, options: wanted }: Extract<Judgement, { kind: 'file' }>,
  running: Running,
): Promise<void> {
  try {
    const source = await openSource(file);
    try {
      const negotiated = negotiate(wanted, source.size, limits);
      const session = new Session({ client, local, source, negotiated, limits });
      running.session = session;
      if (running.stopped) session.stop(running.stopped);
      reports.ended(name, await session.run(), client.address);
    } finally {
      await source.close();
    }
  } catch (cause) {
    reports.notReadable(name, cause, client.address);
    if (errno(cause) === 'ENOENT') refuse(ErrorCode.fileNotFound, `${name} not found`);
    else refuse(ErrorCode.undefined, `${name} cannot be read`);
  }
}
