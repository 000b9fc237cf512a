import type { Logger } from 'pino';
import { FloodGate } from '../events/flood-gate.ts';
import { type Later, Tally } from '../events/tally.ts';
import { ipv4Text } from '../net/ipv4.ts';
import { ethernetAddress } from './classify.ts';
import type { DhcpPacket } from './codec.ts';
import type { Outcome } from './exchange.ts';
import type { Quirk } from './quirks.ts';

export interface DhcpEvent {
  kind: Outcome['kind'] | 'malformed' | 'failed' | 'flood' | 'quirk' | 'conflict' | 'foreign-server';
  mac?: string;
  address?: string;
  message: string;
}

/** Where lines for the log go. */
export type DhcpLog = Pick<Logger, 'debug' | 'error'>;

/** What operators hear of. However many packets come in, events and lines of the log stay countable. */
export class Reports {
  readonly #events: FloodGate<DhcpEvent>;
  readonly #log: DhcpLog;
  readonly #malformed: Tally;
  readonly #troubles: Tally;
  readonly #limited: Tally;

  /** @param later the timers of the thread that this runs on */
  constructor(tellEvent: (event: DhcpEvent) => void, log: DhcpLog, later?: Later) {
    const flood = (message: string) => tellEvent({ kind: 'flood', message });
    const malformed = (count: number, last: string) =>
      tellEvent({ kind: 'malformed', message: `${count} malformed DHCP packet(s), the last: ${last}` });
    this.#events = new FloodGate(tellEvent, flood, 'DHCP event(s)', later);
    this.#log = log;
    this.#malformed = new Tally(malformed, undefined, later);
    const limited = (count: number, last: string) =>
      tellEvent({ kind: 'limited', message: `${count} request(s) got no address, the last: ${last}` });
    this.#limited = new Tally(limited, undefined, later);
    this.#troubles = new Tally((count, last) => log.error({ count }, last), undefined, later);
  }

  malformed(why: string, from: string): void {
    this.#malformed.add(`${why}, from ${from}`);
  }

  outcome(packet: DhcpPacket, outcome: Outcome, now: number): void {
    if (outcome.kind === 'silent') {
      this.#log.debug({ why: outcome.why }, 'no answer');
      return;
    }
    if (outcome.kind === 'limited') {
      this.#limited.add(`${ethernetAddress(packet) ?? 'no MAC'}, ${outcome.message}`);
      return;
    }
    const address = concerned(outcome);
    const told = address ? { address: ipv4Text(address) } : {};
    this.#events.tell({ kind: outcome.kind, ...sender(packet), ...told, message: outcome.message }, now);
  }

  /** Once for each answer that is given: what an operator wonders about is in the host's timeline. */
  quirk(packet: DhcpPacket, { name, why }: Quirk, now: number): void {
    this.#events.tell({ kind: 'quirk', ...sender(packet), message: `quirk ${name}: ${why}` }, now);
  }

  notWritten(packet: DhcpPacket, error: Error, now: number): void {
    this.#troubles.add(`lease not written: ${error.message}`);
    const message = `lease not written (${error.message}): no answer given; check the disk of the state folder`;
    this.#events.tell({ kind: 'failed', ...sender(packet), message }, now);
  }

  notSent(errno: string, address: number): void {
    this.#troubles.add(`answer to ${ipv4Text(address)} not sent: ${errno}`);
  }

  /** Something that was found out, not answered. */
  found(event: DhcpEvent, now: number): void {
    this.#events.tell(event, now);
  }

  /** A defect of ours. */
  notHandled(error: unknown, packet: Buffer): void {
    const shown = error instanceof Error ? error.stack : String(error);
    this.#troubles.add(`packet not handled: ${shown}; ${packet.toString('hex', 0, 1200)}`);
  }

  stop(): void {
    for (const counted of [this.#malformed, this.#limited, this.#events, this.#troubles]) counted.stop();
  }
}

function concerned(outcome: Exclude<Outcome, { kind: 'silent' }>): number | undefined {
  if ('save' in outcome && outcome.save) return outcome.save.address;
  return 'reply' in outcome ? outcome.reply.yiaddr || outcome.reply.ciaddr : undefined;
}

function sender(packet: DhcpPacket): { mac?: string } {
  const mac = ethernetAddress(packet);
  return mac === undefined ? {} : { mac };
}
