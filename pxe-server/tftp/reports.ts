import type { Logger } from 'pino';
import { FloodGate } from '../events/flood-gate.ts';
import { type Later, Tally } from '../events/tally.ts';
import type { Negotiated } from './negotiate.ts';
import type { Figures, SessionEnd } from './session.ts';

export interface TftpEvent {
  kind: Exclude<SessionEnd['kind'], 'dropped'> | 'absent' | 'refused' | 'malformed' | 'flood';
  /** Address of the machine. */
  client?: string;
  /** Name that was asked for. */
  file?: string;
  message: string;
  /** The reason alone, where the message names more. */
  why?: string;
  /** Of a transfer that was begun. */
  transfer?: TransferReport;
}

export interface TransferReport {
  file: string;
  /** Bytes of the file, and of those that arrived. */
  size: number;
  bytes: number;
  seconds: number;
  /** Bytes per second. */
  rate: number;
  /** Packets that were sent again. */
  retransmissions: number;
  /** Those of them that the client asked for: what was sent to it got lost. */
  requested: number;
  /** Options as the client asked for them, and as they were given; those without an answer are missing. */
  asked: Record<string, string>;
  given: Record<string, string>;
  blockSize: number;
  windowSize: number;
}

/** What the server knows when a transfer ends. */
export interface Ended extends Figures {
  file: string;
  /** Bytes. */
  size: number;
  asked: ReadonlyMap<string, string>;
  given: Negotiated;
}

/** Where lines for the log go. */
export type TftpLog = Pick<Logger, 'debug' | 'error'>;

/** What operators hear of. However many packets come in, events and lines of the log stay countable. */
export class Reports {
  readonly #events: FloodGate<TftpEvent>;
  readonly #malformed: Tally;
  readonly #unheard: Tally;
  readonly #troubles: Tally;

  /** @param later the timers of the thread that this runs on */
  constructor(tell: (event: TftpEvent) => void, log: TftpLog, later?: Later) {
    const tally = (kind: 'malformed' | 'refused', what: string) =>
      new Tally(
        (count, last) => tell({ kind, message: `${count} ${what}, the last: ${last}` }),
        undefined,
        later,
      );
    this.#events = new FloodGate(tell, (message) => tell({ kind: 'flood', message }), 'TFTP event(s)', later);
    this.#malformed = tally('malformed', 'malformed TFTP packet(s)');
    this.#unheard = tally('refused', 'TFTP request(s) left unanswered while too many transfers run');
    this.#troubles = new Tally((count, last) => log.error({ count }, last), undefined, later);
  }

  malformed(why: string, client: string): void {
    this.#malformed.add(`${why}, from ${client}`);
  }

  unheard(client: string): void {
    this.#unheard.add(`from ${client}`);
  }

  /** @param why without the name, where the message has it */
  refused(kind: 'absent' | 'refused', file: string, message: string, client: string, why = message): void {
    this.#events.tell({ kind, client, file, message, why });
  }

  ended(how: SessionEnd, ended: Ended, client: string): void {
    if (how.kind === 'dropped') {
      this.unheard(client);
      return;
    }
    const transfer = transferReport(ended);
    const { file } = ended;
    this.#events.tell({
      ...{ kind: how.kind, client, file, message: describe(how, transfer), transfer },
      ...('message' in how ? { why: how.message } : {}),
    });
  }

  notReadable(name: string, cause: unknown, client: string): void {
    this.#troubles.add(`${name} cannot be read: ${cause instanceof Error ? cause.message : cause}`);
    const why = 'cannot be read; check the catalog';
    this.#events.tell({ kind: 'failed', client, file: name, message: `${name} ${why}`, why: `it ${why}` });
  }

  /** @param errno of socket(2), bind(2) or connect(2) */
  noSocket(errno: string, client: string): void {
    this.#troubles.add(`no socket for a transfer to ${client}: ${errno}`);
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

/** Options are shown to people: as text that a terminal takes, and no more of it than firmware sends. */
const MOST_OPTIONS = 16;
const LONGEST_OPTION = 40;

function transferReport(ended: Ended): TransferReport {
  const { file, size, bytes, seconds, repeats, requested, asked, given } = ended;
  const shown = (text: string) => text.replace(/[^\x20-\x7e]/g, '?').slice(0, LONGEST_OPTION);
  return {
    ...{ file, size, bytes, seconds, rate: seconds > 0 ? bytes / seconds : 0 },
    ...{ retransmissions: repeats, requested },
    asked: Object.fromEntries([...asked].slice(0, MOST_OPTIONS).map((option) => option.map(shown))),
    given: Object.fromEntries(given.accepted),
    ...{ blockSize: given.blockSize, windowSize: given.windowSize },
  };
}

function describe(end: Exclude<SessionEnd, { kind: 'dropped' }>, transfer: TransferReport): string {
  const { file, bytes } = transfer;
  switch (end.kind) {
    case 'sent':
      return `sent ${file}, ${measured(transfer)}; ${optionsOf(transfer)}${end.proven ? '' : '; the last acknowledgement did not come'}`;
    case 'aborted':
      return `${file}: the machine stopped the transfer (${end.message})`;
    case 'gave-up':
      return `${file}: no answer after ${bytes} bytes, given up; look at the link and at filters for UDP`;
    case 'failed':
      return `${file}: ${end.message}`;
  }
}

/** "1048577 bytes in 0.3 s: 3.5 MB/s in windows of 4 blocks of 1468 bytes, 2 packets sent again" */
function measured({ bytes, seconds, rate, retransmissions, blockSize, windowSize }: TransferReport): string {
  const blocks = `${windowSize === 1 ? '' : `windows of ${windowSize} `}blocks of ${blockSize} bytes`;
  const again = retransmissions === 0 ? '' : `, ${retransmissions} packet(s) sent again`;
  const shown = rate < 1e6 ? `${(rate / 1e3).toFixed(0)} KB/s` : `${(rate / 1e6).toFixed(1)} MB/s`;
  return `${bytes} bytes in ${seconds.toFixed(seconds < 0.1 ? 3 : 1)} s: ${shown} in ${blocks}${again}`;
}

/** "asked for tsize 0, blksize 65464; given tsize 1048577, blksize 1468" */
function optionsOf({ asked, given }: TransferReport): string {
  const listed = (options: Record<string, string>) =>
    Object.entries(options)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ');
  return `asked for ${listed(asked) || 'no option'}; given ${listed(given) || 'none'}`;
}
