import type { BootTrace } from '../roles/messages.ts';
import type { Entry } from './journal.ts';

const SEVERITY: Partial<Record<BootTrace['kind'], Entry['severity']>> = {
  refused: 'warning',
  warning: 'warning',
  conflict: 'warning',
  'foreign-server': 'warning',
  'kickstart-again': 'notice',
  'unknown-token': 'warning',
  'late-use': 'warning',
  // Somebody has a secret that is not his.
  'second-use': 'error',
  'wrong-host': 'error',
};

/** What the deciding roles tell of a machine, as a line of the journal. */
export function traceEntry({ kind, hostId, mac, address, message }: BootTrace): Entry {
  const severity = SEVERITY[kind] ?? 'info';
  return { severity, kind, hostId, mac, message: address ? `${address}: ${message}` : message };
}
