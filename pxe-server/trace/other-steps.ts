import type { BootTrace } from '../roles/messages.ts';
import type { TftpEvent } from '../tftp/reports.ts';
import type { Fact, Step, TftpFact } from './entry.ts';

/** What a transfer's event may say in fields; whatever it does not say is unknown. */
export interface TransferReport {
  name?: string;
  /** Bytes of the file, and of those that arrived. */
  size?: number;
  bytes?: number;
  seconds?: number;
  /** Blocks that were sent again, and acknowledgements that came twice. */
  retransmissions?: number;
  duplicateAcks?: number;
  /** Options by name, as the client asked and as they were agreed. */
  asked?: Record<string, string>;
  given?: Record<string, string>;
}

/** What the deciding roles tell of a machine, as a step of its boot; undefined for what other steps say better. Pure. */
export function traceStep(trace: BootTrace, at: number): Step | undefined {
  const { hostId, mac, address } = trace;
  const fact = factOf(trace);
  if (!fact || (hostId === null && mac === null && address === null)) return undefined;
  return {
    ...{ at, fact },
    ...(hostId === null ? {} : { hostId }),
    ...(mac === null ? {} : { mac }),
    ...(address === null ? {} : { address }),
  };
}

function factOf({ kind, message, image }: BootTrace): Fact | undefined {
  switch (kind) {
    case 'script':
      return { layer: 'script', decision: 'boot', message, ...(image === undefined ? {} : { image }) };
    case 'waiting':
      return { layer: 'script', decision: 'wait', message };
    case 'local':
      return { layer: 'script', decision: 'local', message };
    case 'refused':
      return { layer: 'script', decision: 'refused', message };
    case 'kickstart':
      return { layer: 'installer', step: 'kickstart', message: 'fetches its kickstart' };
    case 'conflict':
      return { layer: 'note', kind: 'conflict', message };
    default:
      return undefined;
  }
}

/** A name that was asked for by TFTP. */
export function tftpAsked(name: string, address: string, at: number): Step {
  return { at, address, fact: { layer: 'tftp', step: 'asked', name: name.slice(0, 255) } };
}

const STEPS: Partial<Record<TftpEvent['kind'], TftpFact['step']>> = {
  sent: 'sent',
  aborted: 'aborted',
  'gave-up': 'gave-up',
  failed: 'failed',
  absent: 'absent',
  refused: 'refused',
};

/** How a transfer ended. */
export function tftpStep(event: TftpEvent & TransferReport, at: number): Step | undefined {
  const step = STEPS[event.kind];
  if (!step || event.client === undefined) return undefined;
  const said = { ...saidIn(event.message), ...definedOf(event) };
  if (said.name === undefined) return undefined;
  const { name, size, bytes, seconds, retransmissions, duplicateAcks, asked, given } = said;
  const option = (code: string) => (given?.[code] === undefined ? undefined : Number(given[code]));
  const fact: TftpFact = {
    ...{ layer: 'tftp', step, name: name.slice(0, 255) },
    ...defined({ size, bytes, seconds, duplicateAcks, repeated: retransmissions }),
    ...defined({
      blockSize: given && (option('blksize') ?? 512),
      window: given && (option('windowsize') ?? 1),
    }),
    ...(asked ? { askedWindow: 'windowsize' in asked } : {}),
    ...(step === 'aborted' || step === 'failed' || step === 'refused' ? { why: event.message } : {}),
  };
  return { at, address: event.client, fact };
}

/** Where the event has no fields: what its words say. */
function saidIn(message: string): TransferReport {
  const sent = /^sent (\S+), (\d+) bytes in ([\d.]+) s/.exec(message);
  if (sent) return { name: sent[1]!, bytes: Number(sent[2]), seconds: Number(sent[3]) };
  const after = /^(\S+): no answer after (\d+) bytes/.exec(message);
  if (after) return { name: after[1]!, bytes: Number(after[2]) };
  const name =
    /^(\S+): /.exec(message)?.[1] ??
    /^(.+) not found$/.exec(message)?.[1] ??
    /^(\S+) not taken/.exec(message)?.[1];
  return name === undefined ? {} : { name };
}

function definedOf(event: TftpEvent & TransferReport): TransferReport {
  const { name, size, bytes, seconds, retransmissions, duplicateAcks, asked, given } = event;
  return defined({ name, size, bytes, seconds, retransmissions, duplicateAcks, asked, given });
}

function defined<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
