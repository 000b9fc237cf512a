import type { Facts } from '../../../pxe-server/diagnose/diagnosis.ts';
import type { TraceEntry } from '../../../pxe-server/trace/entry.ts';

export interface Scene {
  what: string;
  trace: TraceEntry[];
  facts: Facts;
  /** What is said, and what is to be done about it. */
  says: RegExp;
  mend: RegExp;
  evidence: number[];
}

/** What its agent told at an earlier boot. */
export const machine = (
  change: Partial<NonNullable<Facts['machine']>> = {},
): NonNullable<Facts['machine']> => ({
  ...{ memory: 4096, secureBoot: false, firmware: 'uefi' },
  nics: [{ name: 'eth0', mac: '52:54:00:00:00:01', driver: 'e1000', pci: '8086:100e', link: true }],
  ...change,
});
