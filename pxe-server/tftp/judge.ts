import { ErrorCode, type TftpRequest } from './codec.ts';
import type { TransferLimits } from './negotiate.ts';
import type { TftpFile } from './source.ts';

export interface ServerLimits extends TransferLimits {
  /** Transfers at once, in total and for one address. */
  transfers: number;
  transfersPerClient: number;
}

export type Judgement =
  | { kind: 'file'; name: string; file: TftpFile; options: ReadonlyMap<string, string> }
  | { kind: 'absent' | 'refused'; code: number; message: string }
  | { kind: 'unheard' };

/** What becomes of a request, before anything is opened; `running` counts transfers in total and its own. */
export function judge(
  packet: TftpRequest,
  running: { total: number; own: number },
  limits: ServerLimits,
  files: (name: string) => TftpFile | undefined,
): Judgement {
  const refuse = (code: number, message: string): Judgement => ({ kind: 'refused', code, message });
  if (packet.kind === 'write')
    return refuse(ErrorCode.accessViolation, `${packet.file} not taken: read-only server`);
  // netascii would change the bytes of a loader; no firmware asks for it.
  if (packet.mode !== 'octet')
    return refuse(ErrorCode.illegalOperation, `mode ${printable(packet.mode)}: only octet`);
  // Firmware ends its boot at an error, and asks again after silence: a rack that starts at once gets through.
  if (running.total >= limits.transfers) return { kind: 'unheard' };
  if (running.own >= limits.transfersPerClient)
    return refuse(ErrorCode.undefined, `${running.own} transfers at once for one machine are too many`);
  const name = packet.file.replace(/^(\.?\/)+/, '');
  const file = files(name);
  if (file === undefined)
    return { kind: 'absent', code: ErrorCode.fileNotFound, message: `${name} not found` };
  return { kind: 'file', name, file, options: packet.options };
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 40);
}
