import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Logger } from 'pino';
import { Tally } from '../events/tally.ts';
import { decode, ErrorCode, error, type TftpRequest } from './codec.ts';
import { runSession, type SessionEnd } from './session.ts';
import { openSource, type TftpFile } from './source.ts';
import { DEFAULT_LIMITS, negotiate, type TransferLimits } from './transfer.ts';

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

export interface ServerLimits extends TransferLimits {
  transfers: number;
  transfersPerClient: number;
}

/** Read-only TFTP (RFC 1350, 2347, 2348, 2349, 7440) on inherited sockets. */
export async function startTftp(options: TftpOptions): Promise<{ stop(): Promise<void> }> {
  const malformed = new Tally((count, last) =>
    options.onEvent({ kind: 'malformed', message: `${count} malformed TFTP packet(s), the last: ${last}` }),
  );
  const limits = { ...DEFAULT_LIMITS, transfers: 1000, transfersPerClient: 16, ...options.limits };
  const stop = new AbortController();
  const service: Service = { options, limits, malformed, running: new Map(), signal: stop.signal };
  const sockets = await Promise.all(options.sockets.map((settings) => listen(service, settings)));
  return {
    async stop() {
      stop.abort();
      malformed.stop();
      await Promise.all(sockets.map((socket) => new Promise<void>((done) => socket.close(() => done()))));
      await Promise.all(service.running.values());
    },
  };
}

interface Service {
  options: TftpOptions;
  limits: ServerLimits;
  malformed: Tally;
  /** By "address:port" of the client. */
  running: Map<string, Promise<void>>;
  signal: AbortSignal;
}

interface Client {
  address: string;
  port: number;
}

async function listen(service: Service, settings: { fd: number; address: string }): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.on('error', (cause) => service.options.log.error({ cause, address: settings.address }, 'socket'));
  socket.on('message', (bytes, from) => {
    const client = { address: from.address, port: from.port };
    const packet = decode(bytes);
    if ('malformed' in packet) service.malformed.add(`${packet.malformed}, from ${client.address}`);
    else if (packet.kind === 'ack' || packet.kind === 'error')
      service.malformed.add(`${packet.kind} on the port for requests, from ${client.address}`);
    else request(service, settings.address, socket, packet, client);
  });
  const listening = once(socket, 'listening');
  socket.bind({ fd: settings.fd });
  await listening;
  return socket;
}

function request(service: Service, local: string, socket: Socket, packet: TftpRequest, client: Client): void {
  const key = `${client.address}:${client.port}`;
  // The request came twice: its first answer is on its way.
  if (service.running.has(key)) return;
  const found = find(service, packet, client);
  if ('kind' in found) {
    service.options.onEvent({ kind: found.kind, client: client.address, message: found.message });
    const answer = error(found.code, found.message.slice(0, 200));
    socket.send(answer, client.port, client.address, () => {});
  } else {
    const session = send(service, local, found, client).finally(() => service.running.delete(key));
    service.running.set(key, session);
  }
}

interface Wanted {
  name: string;
  file: TftpFile;
  options: ReadonlyMap<string, string>;
}

interface Refusal {
  kind: 'absent' | 'refused';
  code: number;
  message: string;
}

function find(service: Service, packet: TftpRequest, client: Client): Wanted | Refusal {
  const { limits, running, options } = service;
  const refuse = (code: number, message: string): Refusal => ({ kind: 'refused', code, message });
  if (packet.kind === 'write')
    return refuse(ErrorCode.accessViolation, `${packet.file} not taken: read-only server`);
  // netascii would change the bytes of a loader; no firmware asks for it.
  if (packet.mode !== 'octet')
    return refuse(ErrorCode.illegalOperation, `mode ${printable(packet.mode)}: only octet`);
  const own = [...running.keys()].filter((key) => key.startsWith(`${client.address}:`)).length;
  if (running.size >= limits.transfers || own >= limits.transfersPerClient)
    return refuse(ErrorCode.undefined, 'too many transfers at once, try again');
  const name = packet.file.replace(/^(\.?\/)+/, '');
  const file = options.files(name, client.address);
  if (file === undefined)
    return { kind: 'absent', code: ErrorCode.fileNotFound, message: `${name} not found` };
  return { name, file, options: packet.options };
}

async function send(
  { options, limits, signal }: Service,
  local: string,
  { name, file, options: asked }: Wanted,
  client: Client,
): Promise<void> {
  const report = (kind: TftpEvent['kind'], message: string) =>
    options.onEvent({ kind, client: client.address, message });
  try {
    const source = await openSource(file);
    try {
      const negotiated = negotiate(asked, source.size, limits);
      const end = await runSession(client, local, source, negotiated, limits, signal);
      report(end.kind, describe(name, end));
    } finally {
      await source.close();
    }
  } catch (cause) {
    options.log.error({ cause, name }, 'file not readable');
    report('failed', `${name} cannot be read; check the catalog`);
  }
}

function describe(name: string, end: SessionEnd): string {
  switch (end.kind) {
    case 'sent':
      return `sent ${name}, ${end.bytes} bytes in ${end.seconds.toFixed(1)} s`;
    case 'aborted':
      return `${name}: the machine stopped the transfer (${end.message})`;
    case 'gave-up':
      return `${name}: no answer after ${end.bytes} bytes, given up; look at the link and at filters for UDP`;
    case 'failed':
      return `${name}: ${end.message}`;
  }
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 40);
}
