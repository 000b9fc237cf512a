import type { BootTrace } from '../roles/messages.ts';
import type { Entry } from './journal.ts';

/** What the deciding roles tell of a machine, as a line of the journal. */
export function traceEntry({ kind, hostId, mac, address, message }: BootTrace): Entry {
  const severity = kind === 'refused' || kind === 'warning' ? 'warning' : 'info';
  return { severity, kind, hostId, mac, message: address ? `${address}: ${message}` : message };
}
