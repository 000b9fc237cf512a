import type { Logger } from 'pino';
import { FloodGate } from '../events/flood-gate.ts';
import { Tally } from '../events/tally.ts';
import type { SessionEnd } from './session.ts';

export interface TftpEvent {
  kind: Exclude<SessionEnd['kind'], 'dropped'> | 'absent' | 'refused' | 'malformed' | 'flood';
  /** Address of the machine. */
  client?: string;
  message: string;
}

/** What operators hear of. However many packets come in, events and lines of the log stay countable. */
export class Reports {
  readonly #events: FloodGate<TftpEvent>;
  readonly #malformed: Tally;
  readonly #unheard: Tally;
  readonly #troubles: Tally;

  constructor(tell: (event: TftpEvent) => void, log: Logger) {
    const tally = (kind: 'malformed' | 'refused', what: string) =>
      new Tally((count, last) => tell({ kind, message: `${count} ${what}, the last: ${last}` }));
    this.#events = new FloodGate(tell, (message) => tell({ kind: 'flood', message }), 'TFTP event(s)');
    this.#malformed = tally('malformed', 'malformed TFTP packet(s)');
    this.#unheard = tally('refused', 'TFTP request(s) left unanswered while too many transfers run');
    this.#troubles = new Tally((count, last) => log.error({ count }, last));
  }

  malformed(why: string, client: string): void {
    this.#malformed.add(`${why}, from ${client}`);
  }

  unheard(client: string): void {
    this.#unheard.add(`from ${client}`);
  }

  refused(kind: 'absent' | 'refused', message: string, client: string): void {
    this.#events.tell({ kind, client, message });
  }

  ended(name: string, how: SessionEnd, client: string): void {
    if (how.kind === 'dropped') this.unheard(client);
    else this.#events.tell({ kind: how.kind, client, message: describe(name, how) });
  }

  notReadable(name: string, cause: unknown, client: string): void {
    this.#troubles.add(`${name} cannot be read: ${cause instanceof Error ? cause.message : cause}`);
    this.#events.tell({ kind: 'failed', client, message: `${name} cannot be read; check the catalog` });
  }

  /** A defect of ours. */
  notHandled(cause: unknown, packet: Buffer): void {
    const shown = cause instanceof Error ? cause.stack : String(cause);
    this.#troubles.add(`packet not handled: ${shown}; ${packet.toString('hex', 0, 1200)}`);
  }

  stop(): void {
    for (const counted of [this.#malformed, this.#unheard, this.#events, this.#troubles]) counted.stop();
  }
}

function describe(name: string, end: Exclude<SessionEnd, { kind: 'dropped' }>): string {
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
