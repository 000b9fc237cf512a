import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Logger } from 'pino';
import { errno } from '../../builder/shared/errors.ts';
import { Tally } from '../events/tally.ts';
import { decode, ErrorCode, error, type TftpRequest } from './codec.ts';
import { type Judgement, judge, type ServerLimits } from './judge.ts';
import { DEFAULT_LIMITS, negotiate } from './negotiate.ts';
import { Session, type SessionEnd } from './session.ts';
import { openSource, type TftpFile } from './source.ts';

export type { TftpFile } from './source.ts';

export interface TftpEvent {
  kind: SessionEnd['kind'] | 'absent' | 'refused' | 'malformed';
  /** Address of the machine. */
  client?: string;
  message: string;
}

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
  const tally = (kind: 'malformed' | 'refused', what: string) =>
    new Tally((count, last) => options.onEvent({ kind, message: `${count} ${what}, the last: ${last}` }));
  const service: Service = {
    options,
    limits: { ...DEFAULT_LIMITS, transfers: 1000, transfersPerClient: 16, ...options.limits },
    malformed: tally('malformed', 'malformed TFTP packet(s)'),
    unheard: tally('refused', 'TFTP request(s) left unanswered while too many transfers run'),
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
      service.malformed.stop();
      service.unheard.stop();
    },
  };
}

interface Service {
  options: TftpOptions;
  limits: ServerLimits;
  malformed: Tally;
  unheard: Tally;
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
  const { log } = service.options;
  const socket = createSocket('udp4');
  socket.on('error', (cause) => log.error({ cause, address: settings.address }, 'socket'));
  socket.on('message', (bytes, { address, port }) => {
    try {
      const refuse = (code: number, message: string) =>
        socket.send(error(code, message.slice(0, 200)), port, address, () => {});
      receive(service, { client: { address, port }, local: settings.address, bytes, refuse });
    } catch (cause) {
      // One packet must never end the service for the others.
      log.error({ cause, packet: bytes.toString('hex').slice(0, 2400) }, 'packet not handled');
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
    service.malformed.add(`${request}, from ${client.address}`);
    return;
  }
  if (isRepeated(service, asked)) return;
  const own = [...service.running].filter((other) => other.client.address === client.address).length;
  const load = { total: service.running.size, own };
  const found = judge(request, load, service.limits, (name) => service.options.files(name, client.address));
  if (found.kind === 'unheard') service.unheard.add(`from ${client.address}`);
  else if (found.kind === 'file') {
    const transfer: Running = { client, request: bytes, ended: Promise.resolve() };
    service.running.add(transfer);
    transfer.ended = send(service, asked, found, transfer).finally(() => service.running.delete(transfer));
  } else {
    service.options.onEvent({ kind: found.kind, client: client.address, message: found.message });
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

function end(running: Running, how: SessionEnd, told?: string): void {
  running.stopped = how;
  running.session?.stop(how, told);
}

async function send(
  { options, limits }: Service,
  { client, local, refuse }: Asked,
  { name, file, options: wanted }: Extract<Judgement, { kind: 'file' }>,
  running: Running,
): Promise<void> {
  const report = (kind: TftpEvent['kind'], message: string) =>
    options.onEvent({ kind, client: client.address, message });
  try {
    const source = await openSource(file);
    try {
      const negotiated = negotiate(wanted, source.size, limits);
      const session = new Session({ client, local, source, negotiated, limits });
      running.session = session;
      if (running.stopped) session.stop(running.stopped);
      const how = await session.run();
      if (how.kind === 'failed' && !running.stopped) options.log.error({ name, why: how.message }, 'transfer failed');
      report(how.kind, describe(name, how));
    } finally {
      await source.close();
    }
  } catch (cause) {
    options.log.error({ cause, name }, 'file not readable');
    report('failed', `${name} cannot be read; check the catalog`);
    if (errno(cause) === 'ENOENT') refuse(ErrorCode.fileNotFound, `${name} not found`);
    else refuse(ErrorCode.undefined, `${name} cannot be read`);
  }
}

function describe(name: string, end: SessionEnd): string {
  switch (end.kind) {
    case 'sent': {
      const took = `sent ${name}, ${end.bytes} bytes in ${end.seconds.toFixed(1)} s`;
      return end.proven ? took : `${took}; the last acknowledgement did not come`;
    }
    case 'aborted':
      return `${name}: the machine stopped the transfer (${end.message})`;
    case 'gave-up':
      return `${name}: no answer after ${end.bytes} bytes, given up; look at the link and at filters for UDP`;
    case 'failed':
      return `${name}: ${end.message}`;
  }
}
