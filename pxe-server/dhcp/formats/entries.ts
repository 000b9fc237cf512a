import { RackhandError } from '../../../builder/shared/errors.ts';
import type { ClientKey, Lease } from '../leases/lease.ts';

/** What lease files of DHCP servers say, whichever server wrote them. */

export interface FileLease {
  /** Line of the file, from 1. */
  line: number;
  lease: Lease & { state: 'bound' | 'released' | 'declined' };
  /** Name that the client gave itself. */
  hostName?: string;
}

/** An address that is promised to a machine. */
export interface Reservation {
  line: number;
  /** Hardware addresses, "52:54:00:aa:bb:cc". */
  macs: string[];
  /** "192.0.2.10" */
  address: string;
  name?: string;
}

export interface LeaseFile {
  /** The newest entry of each address. */
  leases: FileLease[];
  reservations: Reservation[];
}

/** A lease with what the formats want to know of it. */
export interface ExportedLease {
  /** "192.0.2.10" */
  address: string;
  client: ClientKey;
  state: Lease['state'];
  /** Milliseconds since the epoch. */
  expires: number;
  /** Name of the declared host. */
  hostName?: string;
  /** Length of leases in its subnet, seconds. */
  leaseSeconds: number;
  /** Number of its subnet in the configuration, from 1. */
  subnetId: number;
}

/** A lease without an end: the end of 32 bits of seconds, 2106. */
export const NEVER = 0xffff_ffff * 1000;
/** A declined address belongs to nobody that a file could name. */
export const NOBODY: ClientKey = 'id:';

export function invalid(file: string, line: number, what: string, mend = 'correct that line'): RackhandError {
  return new RackhandError('leases-invalid', `${file}:${line}: ${what}`, mend);
}

const MAC = /^[0-9a-f]{1,2}(:[0-9a-f]{1,2}){5}$/;

/** "52:54:0:AA:bb:cc" → "52:54:00:aa:bb:cc"; undefined for addresses of other kinds. */
export function macOf(text: string): string | undefined {
  const lower = text.toLowerCase();
  if (!MAC.test(lower)) return undefined;
  const mac = lower
    .split(':')
    .map((byte) => byte.padStart(2, '0'))
    .join(':');
  const isGroup = (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
  return isGroup || mac === '00:00:00:00:00:00' ? undefined : mac;
}

/** The bytes of a client identifier as the key of a machine without an Ethernet address. */
export function identifierKey(hex: string): ClientKey {
  return `id:${hex}`;
}

/** Hexadecimal digits of a key that stands for a client identifier; undefined for hardware addresses. */
export function identifierOf(client: ClientKey): string | undefined {
  return client.startsWith('id:') ? client.slice(3) : undefined;
}

/** "01:ab" or "01ab" → "01ab"; undefined when it is neither. */
export function hexOf(text: string): string | undefined {
  const digits = text.toLowerCase().replaceAll(':', '');
  return /^([0-9a-f]{2}){1,255}$/.test(digits) ? digits : undefined;
}

/** The last entry of each address counts: the files are logs. */
export function newest(leases: readonly FileLease[]): FileLease[] {
  return [...new Map(leases.map((entry) => [entry.lease.address, entry])).values()];
}
