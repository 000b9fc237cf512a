import type { Logger } from 'pino';
import { Tally } from '../events/tally.ts';
import { ipv4Text } from '../net/ipv4.ts';
import { ethernetAddress } from './classify.ts';
import type { DhcpPacket } from './codec.ts';
import type { Outcome } from './exchange.ts';
import type { Destination } from './reply.ts';

export interface DhcpEvent {
  kind: Outcome['kind'] | 'malformed' | 'failed' | 'flood';
  mac?: string;
  address?: string;
  message: string;
}

/**
 * Events of one second that are told one by one; hundreds of machines that are switched on together stay
 * below. Those past it are counted, since every event costs its readers memory and a row in the journal.
 */
const EVENTS_PER_SECOND = 500;

/** What operators hear of. However many packets come in, events and lines of the log stay countable. */
export class Reports {
  readonly #tellEvent: (event: DhcpEvent) => void;
  readonly #log: Logger;
  readonly #malformed: Tally;
  readonly #flood: Tally;
  readonly #troubles: Tally;
  #second = 0;
  #told = 0;

  constructor(tellEvent: (event: DhcpEvent) => void, log: Logger) {
    this.#tellEvent = tellEvent;
    this.#log = log;
    this.#malformed = new Tally((count, last) =>
      tellEvent({ kind: 'malformed', message: `${count} malformed DHCP packet(s), the last: ${last}` }),
    );
    this.#flood = new Tally((count, last) =>
      tellEvent({
        kind: 'flood',
        message: `${count} more DHCP event(s) than can be told, the last: ${last}`,
      }),
    );
    this.#troubles = new Tally((count, last) => log.error({ count }, last));
  }

  malformed(why: string, from: string): void {
    this.#malformed.add(`${why}, from ${from}`);
  }

  outcome(packet: DhcpPacket, outcome: Outcome, now: number): void {
    if (outcome.kind === 'silent') {
      this.#log.debug({ why: outcome.why }, 'no answer');
      return;
    }
    const address = concerned(outcome);
    const told = address ? { address: ipv4Text(address) } : {};
    this.#event({ kind: outcome.kind, ...sender(packet), ...told, message: outcome.message }, now);
  }

  notWritten(packet: DhcpPacket, error: Error, now: number): void {
    this.#troubles.add(`lease not written: ${error.message}`);
    const message = `lease not written (${error.message}): no answer given; check the disk of the state folder`;
    this.#event({ kind: 'failed', ...sender(packet), message }, now);
  }

  notSent(error: Error, to: Destination): void {
    this.#troubles.add(`answer to ${to.address} not sent: ${error.message}`);
  }

  /** A defect of ours. */
  notHandled(error: unknown, packet: Buffer): void {
    const shown = error instanceof Error ? error.stack : String(error);
    this.#troubles.add(`packet not handled: ${shown}; ${packet.toString('hex', 0, 1200)}`);
  }

  stop(): void {
    for (const tally of [this.#malformed, this.#flood, this.#troubles]) tally.stop();
  }

  #event(event: DhcpEvent, now: number): void {
    const second = Math.floor(now / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#told = 0;
    }
    this.#told += 1;
    if (this.#told <= EVENTS_PER_SECOND) this.#tellEvent(event);
    else this.#flood.add(event.message);
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
