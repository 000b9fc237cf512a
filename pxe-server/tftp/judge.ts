import { ErrorCode, type TftpRequest } from './codec.ts';
import type { TransferLimits } from './negotiate.ts';

export interface ServerLimits extends TransferLimits {
  /** Transfers at once, in total and for one address. */
  transfers: number;
  transfersPerClient: number;
}

export type Mode = 'octet' | 'netascii';

export type Judgement =
  | { kind: 'wanted'; name: string; mode: Mode; options: ReadonlyMap<string, string> }
  | { kind: 'refused'; code: number; message: string }
  | { kind: 'unheard' };

/** What becomes of a request, before its file is looked for; `running` counts transfers in total and its own. */
export function judge(
  packet: TftpRequest,
  running: { total: number; own: number },
  limits: ServerLimits,
): Judgement {
  const refuse = (code: number, message: string): Judgement => ({ kind: 'refused', code, message });
  if (packet.kind === 'write')
    return refuse(ErrorCode.accessViolation, `${packet.file} not taken: read-only server`);
  const { mode, options } = packet;
  if (mode !== 'octet' && mode !== 'netascii')
    return refuse(ErrorCode.illegalOperation, `mode ${printable(mode)}: only octet and netascii`);
  // Firmware ends its boot at an error, and asks again after silence: a rack that starts at once gets through.
  if (running.total >= limits.transfers) return { kind: 'unheard' };
  if (running.own >= limits.transfersPerClient)
    return refuse(ErrorCode.undefined, `${running.own} transfers at once for one machine are too many`);
  return { kind: 'wanted', name: packet.file.replace(/^(\.?\/)+/, ''), mode, options };
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 40);
}
