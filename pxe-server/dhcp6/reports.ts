import type { DhcpEvent, DhcpLog } from '../dhcp/reports.ts';
import { FloodGate } from '../events/flood-gate.ts';
import { type Later, Tally } from '../events/tally.ts';
import { ipv6Text } from '../net/ipv6.ts';
import type { Client6 } from './classify.ts';
import type { Outcome6 } from './exchange.ts';

/** What operators hear of DHCPv6, in the words of that of IPv4; countable, however many packets come in. */
export class Reports6 {
  readonly #events: FloodGate<DhcpEvent>;
  readonly #log: DhcpLog;
  readonly #malformed: Tally;
  readonly #troubles: Tally;

  /** @param later the timers of the thread that this runs on */
  constructor(tellEvent: (event: DhcpEvent) => void, log: DhcpLog, later?: Later) {
    const flood = (message: string) => tellEvent({ kind: 'flood', message });
    const malformed = (count: number, last: string) =>
      tellEvent({ kind: 'malformed', message: `${count} malformed DHCPv6 packet(s), the last: ${last}` });
    this.#events = new FloodGate(tellEvent, flood, 'DHCPv6 event(s)', later);
    this.#log = log;
    this.#malformed = new Tally(malformed, undefined, later);
    this.#troubles = new Tally((count, last) => log.error({ count }, last), undefined, later);
  }

  malformed(why: string, from: bigint): void {
    this.#malformed.add(`${why}, from ${ipv6Text(from)}`);
  }

  /** Not for us. */
  ignored(why: string): void {
    this.#log.debug({ why }, 'no answer by DHCPv6');
  }

  outcome(client: Client6, outcome: Outcome6, now: number): void {
    if (outcome.kind === 'silent') {
      this.ignored(outcome.why);
      return;
    }
    const address = 'save' in outcome ? outcome.save[0]?.address : outcome.address;
    const told = address === undefined ? {} : { address: ipv6Text(address) };
    this.#events.tell({ kind: outcome.kind, ...sender(client), ...told, message: outcome.message }, now);
  }

  notWritten(client: Client6, error: Error, now: number): void {
    this.#troubles.add(`IPv6 lease not written: ${error.message}`);
    const message = `IPv6 lease not written (${error.message}): no answer given; check the disk of the state folder`;
    this.#events.tell({ kind: 'failed', ...sender(client), message }, now);
  }

  notSent(errno: string, address: bigint): void {
    this.#troubles.add(`answer to ${ipv6Text(address)} not sent: ${errno}`);
  }

  /** A defect of ours. */
  notHandled(error: unknown, packet: Buffer): void {
    const shown = error instanceof Error ? error.stack : String(error);
    this.#troubles.add(`DHCPv6 packet not handled: ${shown}; ${packet.toString('hex', 0, 1200)}`);
  }

  stop(): void {
    for (const counted of [this.#malformed, this.#events, this.#troubles]) counted.stop();
  }
}

function sender({ mac }: Client6): { mac?: string } {
  return mac === undefined ? {} : { mac };
}
