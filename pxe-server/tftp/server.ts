import { errno } from '../../builder/shared/errors.ts';
import { ConnectedSocket, incoming } from '../net/connected-socket.ts';
import type { Endpoint } from '../net/endpoint.ts';
import type { Reactor } from '../net/reactor.ts';
import { hostText, type UdpListener, udpListener } from '../net/udp-listener.ts';
import { PieceMemory } from './blocks.ts';
import { decode, ErrorCode, error, type TftpRequest } from './codec.ts';
import { judge, type Mode, type ServerLimits } from './judge.ts';
import { LoneTransfer } from './lone.ts';
import { DEFAULT_LIMITS, negotiate } from './negotiate.ts';
import { Reports, type TftpEvent, type TftpLog } from './reports.ts';
import { type Running, RunningTransfers } from './running.ts';
import { Session, type SessionEnd } from './session.ts';
import { type Source, Sources, type TftpFile } from './source.ts';

/** A name that a client asks for, of whoever knows what names stand for. */
export interface Question {
  name: string;
  client: string;
  /** The address of ours that was asked. */
  local: string;
}

export type Answer = { file: TftpFile | undefined } | { failed: string };

export interface ServerOptions {
  /** Port 69, one socket for each address; transfers leave from the same address. */
  sockets: { fd: number; address: string }[];
  limits?: Partial<ServerLimits>;
  /** Calls back once, later. @returns what takes the question back, if it can be */
  find(question: Question, found: (answer: Answer) => void): () => void;
  onEvent(event: TftpEvent): void;
  log: TftpLog;
}

/** Requests that are taken at once, and bytes of the longest; longer ones are malformed. */
const REQUESTS = { count: 64, size: 1100 };
/** Bytes: the longest packet that a client sends in a transfer is an error with a text. */
const LONGEST_PACKET = 600;

interface Listener {
  /** As it is written in the settings. */
  address: string;
  socket: UdpListener;
}

/** A datagram; its bytes are good until the next one. */
interface Came {
  bytes: Buffer;
  client: Endpoint;
}

/** A request on its way: from whom, to which of our addresses, and what it wants. */
interface Wanted {
  running: Running;
  listener: Listener;
  name: string;
  mode: Mode;
  options: ReadonlyMap<string, string>;
}

/** Read-only TFTP (RFC 1350, 2347, 2348, 2349, 7440) on a reactor's thread. */
export class TftpServer {
  readonly #options: ServerOptions;
  readonly #reactor: Reactor;
  readonly #limits: ServerLimits;
  readonly #reports: Reports;
  readonly #running = new RunningTransfers();
  readonly #sources = new Sources();
  readonly #memory = new PieceMemory();
  readonly #lone = new LoneTransfer();
  readonly #packet = incoming(LONGEST_PACKET);
  readonly #listeners: Listener[];

  constructor(options: ServerOptions, reactor: Reactor) {
    this.#options = options;
    this.#reactor = reactor;
    this.#limits = { ...DEFAULT_LIMITS, transfers: 4096, transfersPerClient: 16, ...options.limits };
    const later = (milliseconds: number, run: () => void) => reactor.after(milliseconds, run);
    this.#reports = new Reports(options.onEvent, options.log, later);
    this.#listeners = options.sockets.map((settings) => this.#listen(settings));
    reactor.atTurnEnd(() => {
      for (const { socket } of this.#listeners) socket.flush();
      this.#lone.turnEnds();
    });
  }

  /** Tells the clients, and lets go of everything. */
  close(): void {
    for (const running of this.#running)
      this.#end(running, { kind: 'failed', message: 'server stopped' }, 'server stops');
    for (const { socket } of this.#listeners) {
      socket.flush();
      socket.close();
    }
    this.#sources.close();
    this.#reports.stop();
  }

  #listen(settings: { fd: number; address: string }): Listener {
    const unsent = (why: string, to: string) => this.#options.log.debug({ why, to }, 'refusal not sent');
    const listener = { address: settings.address, socket: udpListener(settings, unsent, REQUESTS) };
    this.#reactor.watch(settings.fd, () => {
      this.#lone.disturbed();
      listener.socket.receive((bytes, client) => this.#guarded({ bytes, client }, listener));
    });
    return listener;
  }

  /** One packet must never end the service for the others. */
  #guarded(came: Came, listener: Listener): void {
    try {
      this.#receive(came, listener);
    } catch (cause) {
      this.#reports.notHandled(cause, came.bytes);
    }
  }

  /** Packet → request → name → file → transfer. */
  #receive(came: Came, listener: Listener): void {
    const { client, bytes } = came;
    const request = requestOf(bytes, client.port);
    if (typeof request === 'string') {
      this.#reports.malformed(request, hostText(client));
      return;
    }
    if (this.#isRepeated(came)) return;
    const { total } = this.#running;
    const forsaken = total >= this.#limits.transfers ? this.#running.oldestUnanswered() : undefined;
    const load = { total: total - (forsaken ? 1 : 0), own: this.#running.ownOf(client) };
    const judged = judge(request, load, this.#limits);
    if (judged.kind === 'unheard') {
      this.#reports.unheard(hostText(client));
      return;
    }
    const running: Running = { client, request: Buffer.from(bytes) };
    if (judged.kind === 'refused') {
      this.#refuse({ running, listener, name: request.file }, 'refused', judged);
      return;
    }
    if (forsaken) this.#end(forsaken, { kind: 'dropped' });
    this.#running.add(running);
    const wanted = { running, listener, ...judged };
    const question = { name: judged.name, client: hostText(client), local: listener.address };
    running.forget = this.#options.find(question, (answer) => this.#found(wanted, answer));
  }

  /**
   * A request that comes again before the client answered is answered again, from the same port. Another request
   * from the same port ends what ran there: ROMs use one port for all that they ask, and leave without a word after
   * asking for the size or when the machine is reset. It is ended without a word too, since not every ROM looks at
   * the port that an error comes from.
   */
  #isRepeated({ client, bytes }: Came): boolean {
    for (const other of this.#running.of(client)) {
      const same = other.request.equals(bytes);
      if (same && !other.session?.answered) {
        other.session?.repeat();
        return true;
      }
      if (same) continue;
      other.session?.ready(); // it may have said why
      this.#end(other, { kind: 'aborted', message: 'it asked for something else' });
    }
    return false;
  }

  #found(wanted: Wanted, answer: Answer): void {
    this.#lone.disturbed();
    const { running, name } = wanted;
    if (running.stopped) {
      this.#running.delete(running);
      return;
    }
    if ('file' in answer && answer.file !== undefined) {
      this.#begin(wanted, answer.file);
      return;
    }
    this.#running.delete(running);
    if ('failed' in answer) {
      this.#reports.notHandled(answer.failed, running.request);
      return;
    }
    const absent = { code: ErrorCode.fileNotFound, message: `${name} not found` };
    this.#refuse(wanted, 'absent', absent);
  }

  #begin(wanted: Wanted, file: TftpFile): void {
    const { running, mode } = wanted;
    let source: Source | undefined;
    try {
      source = this.#sources.open(file, mode);
      this.#send(wanted, source);
    } catch (cause) {
      source?.close();
      this.#running.delete(running);
      this.#notReadable(wanted, cause);
    }
  }

  #send({ running, listener, name, options }: Wanted, source: Source): void {
    const { client } = running;
    const socket = ConnectedSocket.open(listener.socket.local, client);
    if (typeof socket === 'string') {
      // Firmware asks again; by then there may be a descriptor, or a way to it.
      source.close();
      this.#running.delete(running);
      this.#reports.noSocket(socket, hostText(client));
      return;
    }
    const negotiated = negotiate(options, source.size, this.#limits, socket.largest);
    const session = new Session({
      ...{ socket, source, negotiated, limits: this.#limits, memory: this.#memory, packet: this.#packet },
      timer: (run) => this.#reactor.timer(run),
      ended: (how, figures) => {
        this.#running.delete(running);
        this.#reactor.unwatch(socket.fd);
        socket.close();
        const about = { file: name, size: source.size, asked: options, given: negotiated };
        this.#reports.ended(how, { ...about, ...figures }, hostText(client));
      },
    });
    running.session = session;
    this.#reactor.watch(socket.fd, () => {
      this.#lone.took(session);
      session.ready();
    });
    session.start();
  }

  #notReadable(wanted: Wanted, cause: unknown): void {
    const { running, listener, name } = wanted;
    const code = errno(cause);
    if (code === 'ENOTTEXT') {
      const why = cause instanceof Error ? cause.message : 'no text';
      this.#refuse(wanted, 'refused', { code: ErrorCode.undefined, message: `${name}: ${why}` }, why);
      return;
    }
    this.#reports.notReadable(name, cause, hostText(running.client));
    if (code === 'ENOENT') this.#say(running, listener, ErrorCode.fileNotFound, `${name} not found`);
    else this.#say(running, listener, ErrorCode.undefined, `${name} cannot be read`);
  }

  #refuse(
    { running, listener, name }: Pick<Wanted, 'running' | 'listener' | 'name'>,
    kind: 'absent' | 'refused',
    { code, message }: { code: number; message: string },
    why = message,
  ): void {
    this.#reports.refused(kind, name, message, hostText(running.client), why);
    this.#say(running, listener, code, message);
  }

  #say({ client }: Running, { socket }: Listener, code: number, message: string): void {
    socket.send(error(code, message.slice(0, 200)), client);
  }

  #end(running: Running, how: SessionEnd, told?: string): void {
    if (running.session) {
      running.session.stop(how, told);
      return;
    }
    running.stopped = how;
    running.forget?.();
    this.#running.delete(running);
  }
}

/** The request, or what is wrong with the packet. */
function requestOf(bytes: Buffer, port: number): TftpRequest | string {
  const packet = decode(bytes);
  if ('malformed' in packet) return packet.malformed;
  if (packet.kind === 'ack' || packet.kind === 'error') return `${packet.kind} on the port for requests`;
  return port === 0 ? 'from port 0, which nobody can be answered at' : packet;
}
