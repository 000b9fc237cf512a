import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Logger } from 'pino';
import { inNetwork, ipv4Number, ipv4Text, parseIpv4 } from '../net/ipv4.ts';
import { type BootAnswer, type BootRequest, classify } from './classify.ts';
import { type DhcpPacket, decode, encode } from './codec.ts';
import { answer, answerProxy, type Exchange, type SubnetState } from './exchange.ts';
import { LeaseFile } from './lease-file.ts';
import { LeaseTable, type Reservations } from './leases.ts';
import { Option } from './options.ts';
import { type Destination, destination } from './reply.ts';
import { type DhcpEvent, Reports } from './reports.ts';
import type { Subnet } from './schema.ts';
import { subnetOf, subnetStates } from './subnets.ts';

export interface DhcpSocket {
  /** Bound to one interface. */
  fd: number;
  interface: string;
  serverAddress: string;
  /** 67 unless said; 4011 answers with boot files alone. */
  port?: 67 | 4011;
}

export interface DhcpOptions {
  sockets: DhcpSocket[];
  subnets: Subnet[];
  /** Path of the lease database. */
  database: string;
  /**
   * False until the hosts are known. Nothing is answered before: firmware takes the first answer, and one
   * without boot file or with another address than the reserved one would spoil its boot. It asks again.
   */
  knowsHosts(): boolean;
  decideBoot(request: BootRequest, serverAddress: string): BootAnswer;
  /** Reserved address of a MAC, "192.0.2.7". */
  reservedAddress(mac: string): string | undefined;
  /** MAC that an address is reserved for. */
  reservedFor(address: string): string | undefined;
  onEvent(event: DhcpEvent): void;
  log: Logger;
  now?: () => number;
}

/**
 * DHCP for IPv4 (RFC 2131, 2132, 3046, 4578, 6842) on inherited sockets. Anything that is no DHCP
 * message is counted and dropped.
 * @throws RackhandError subnets-overlap | leases-broken
 */
export async function startDhcp(options: DhcpOptions): Promise<{ stop(): Promise<void> }> {
  const own = options.sockets.map((s) => ipv4Number(s.serverAddress));
  const subnets = subnetStates(options.subnets, own);
  const file = new LeaseFile(options.database);
  const networks = subnets.map(({ pool }) => pool.network);
  const leases = new LeaseTable(networks, file.load());
  const reports = new Reports(options.onEvent, options.log);
  const service: Service = { options, file, leases, subnets, reservations: reservations(options), reports };
  const sockets = await Promise.all(options.sockets.map((settings) => listen(service, settings)));
  return {
    async stop() {
      file.flush();
      await new Promise(setImmediate); // the answers that waited for this commit leave first
      await Promise.all(sockets.map((socket) => new Promise<void>((done) => socket.close(() => done()))));
      reports.stop();
      file.close();
    },
  };
}

interface Service {
  options: DhcpOptions;
  file: LeaseFile;
  leases: LeaseTable;
  subnets: SubnetState[];
  reservations: Reservations;
  reports: Reports;
}

async function listen(service: Service, settings: DhcpSocket): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.on('error', (error) =>
    service.options.log.error({ error, interface: settings.interface }, 'socket'),
  );
  socket.on('message', (bytes, from) =>
    guarded(service, bytes, () => receive(service, settings, socket, bytes, from)),
  );
  const listening = once(socket, 'listening');
  socket.bind({ fd: settings.fd });
  await listening;
  return socket;
}

/** Packet → exchange → lease on disk → answer and event. */
function receive(
  service: Service,
  settings: DhcpSocket,
  socket: Socket,
  bytes: Buffer,
  from: Destination,
): void {
  const { options, subnets, leases, reports } = service;
  const packet = decode(bytes);
  if ('malformed' in packet) {
    reports.malformed(packet.malformed, from.address);
    return;
  }
  if (packet.op !== 1) return;
  if (!options.knowsHosts()) return;
  const serverAddress = ipv4Number(settings.serverAddress);
  const subnet = subnetOf(packet, serverAddress, subnets);
  if (!subnet) {
    options.log.debug({ giaddr: ipv4Text(packet.giaddr) }, 'relay of an unknown network');
    return;
  }
  const proxyPort = settings.port === 4011;
  if (proxyPort && !inNetwork(subnet.pool.network, parseIpv4(from.address) ?? 0)) return;
  const request = classify(packet);
  const exchange: Exchange = {
    packet,
    subnet,
    serverAddress,
    leases,
    reservations: service.reservations,
    boot: request ? options.decideBoot(request, settings.serverAddress) : { kind: 'none' },
    now: (options.now ?? Date.now)(),
  };
  const outcome = proxyPort ? answerProxy(exchange) : answer(exchange);
  const finish = (error?: Error) => {
    if (error) return reports.notWritten(packet, error, exchange.now);
    if (outcome.kind === 'ack' && !leases.bind(outcome.save, outcome.left)) return;
    if ('reply' in outcome) {
      const to = proxyPort
        ? { address: from.address, port: from.port }
        : destination(outcome.reply, (address) => inNetwork(subnet.pool.network, address));
      send(service, socket, outcome.reply, packet, to);
    }
    reports.outcome(packet, outcome, exchange.now);
  };
  const rows = 'save' in outcome ? [outcome.save] : [];
  if (outcome.kind === 'ack' && outcome.left) rows.push(outcome.left);
  if (rows.length > 0) service.file.save(rows, (error) => guarded(service, bytes, () => finish(error)));
  else finish();
}

/** One packet must never end the service for the others. */
function guarded({ reports }: Service, bytes: Buffer, handle: () => void): void {
  try {
    handle();
  } catch (error) {
    reports.notHandled(error, bytes);
  }
}

function send(
  { reports }: Service,
  socket: Socket,
  reply: DhcpPacket,
  packet: DhcpPacket,
  to: Destination,
): void {
  const asked = packet.options.get(Option.maxMessageSize);
  // 28 bytes of IP and UDP headers count in option 57; never more than fits an Ethernet frame.
  const maximum = asked?.length === 2 ? Math.min(asked.readUInt16BE(), 1500) - 28 : undefined;
  socket.send(encode(reply, maximum), to.port, to.address, (error) => {
    if (error) reports.notSent(error, to);
  });
}

function reservations(options: DhcpOptions): Reservations {
  return {
    addressOf: (key) => {
      const address = options.reservedAddress(key);
      return address === undefined ? undefined : parseIpv4(address);
    },
    clientOf: (address) => options.reservedFor(ipv4Text(address)),
  };
}
