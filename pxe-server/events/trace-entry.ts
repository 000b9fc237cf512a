import type { BootTrace } from '../roles/messages.ts';
import type { Entry } from './journal.ts';

const GRAVE: ReadonlySet<BootTrace['kind']> = new Set(['refused', 'warning', 'conflict', 'foreign-server']);

/** What the deciding roles tell of a machine, as a line of the journal. */
export function traceEntry({ kind, hostId, mac, address, message }: BootTrace): Entry {
  const severity = GRAVE.has(kind) ? 'warning' : 'info';
  return { severity, kind, hostId, mac, message: address ? `${address}: ${message}` : message };
}
