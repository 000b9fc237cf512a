import type { BootTrace } from '../roles/messages.ts';
import type { TftpEvent, TransferReport } from '../tftp/reports.ts';
import type { Fact, Step, TftpFact } from './entry.ts';

/** What the deciding roles tell of a machine, as a step of its boot; undefined for what other steps say better. Pure. */
export function traceStep(trace: BootTrace, at: number): Step | undefined {
  const { hostId, mac } = trace;
  // What comes from a stranger's address later is not the host's for that.
  const address = STRANGERS.has(trace.kind) ? null : trace.address;
  const fact = factOf(trace);
  if (!fact || (hostId === null && mac === null && address === null)) return undefined;
  return {
    ...{ at, fact },
    ...(hostId === null ? {} : { hostId }),
    ...(mac === null ? {} : { mac }),
    ...(address === null ? {} : { address }),
  };
}

/** Told of a host, by a machine that is not it. */
const STRANGERS: ReadonlySet<BootTrace['kind']> = new Set(['second-use', 'wrong-host']);

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
    case 'kickstart-again':
      return { layer: 'installer', step: 'kickstart', message: 'fetches its kickstart again' };
    case 'unknown-token':
    case 'late-use':
    case 'second-use':
    case 'wrong-host':
      return { layer: 'installer', step: 'refused', message };
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

/** How a request or a transfer ended, in figures where it was begun. */
export function tftpStep(event: TftpEvent, at: number): Step | undefined {
  const { kind, client, file, message, why = message, transfer } = event;
  const step = STEPS[kind];
  if (!step || client === undefined || file === undefined) return undefined;
  const fact: TftpFact = {
    ...{ layer: 'tftp', step, name: file.slice(0, 255) },
    ...(transfer ? figures(transfer) : {}),
    ...(step === 'aborted' || step === 'failed' || step === 'refused' ? { why } : {}),
  };
  return { at, address: client, fact };
}

function figures(transfer: TransferReport): Partial<TftpFact> {
  const { size, bytes, seconds, retransmissions, requested, asked, blockSize, windowSize } = transfer;
  const options = new Set(Object.keys(asked));
  return {
    ...{ size, bytes, seconds, repeated: retransmissions, requested },
    ...{ blockSize, window: windowSize },
    ...{ askedBlockSize: options.has('blksize'), askedWindow: options.has('windowsize') },
  };
}
