import type { Inventory } from '../../builder/contract/inventory.ts';
import type { Host } from '../hosts/model.ts';
import type { Reach } from '../trace/attempt.ts';

/** What is known besides the trace. Everything may be unknown: then less is said. */
export interface Facts {
  /** Milliseconds since 1970. */
  now: number;
  host:
    | (Pick<Host, 'name' | 'state' | 'approved' | 'arm' | 'secureBoot' | 'kickstart'> &
        Partial<Pick<Host, 'lastSeen'>>)
    | null;
  /** From the inventory that its agent sent last, perhaps at an earlier boot. */
  machine: Pick<Inventory, 'memory' | 'secureBoot' | 'firmware' | 'nics'> | null;
  /** Where its script led to; MiB. */
  image: { id: string; name: string; ramRequired: number } | null;
  /** Addresses of this server. */
  ours: readonly string[];
  /** Another server is meant to give the addresses. */
  proxy: boolean;
  httpsPort: number;
  /** Mbit/s of the network by our interface; null when it does not say. */
  linkMbit: number | null;
  /** Other DHCP servers that were found on our networks lately: MAC by address. */
  foreign: ReadonlyMap<string, string>;
  /** MACs of other machines that showed the same UUID lately. */
  sameUuid: readonly string[];
  /** Earlier attempts of the host, newest first. */
  before: readonly Earlier[];
}

export interface Earlier {
  startedAt: number;
  reach: Reach;
  installed: boolean;
  /** It was sent to its own disk. */
  local: boolean;
}

/** Why a machine did not boot, or booted slowly. */
export interface Diagnosis {
  kind: string;
  /** It ends the boot, makes it slow, or is only worth knowing. */
  effect: 'stops' | 'slows' | 'notes';
  /** The trace shows it; fits the trace best; may be. */
  certainty: 'certain' | 'likely' | 'possible';
  what: string;
  mend: string;
  /** Numbers of the steps in the trace that show it, from 0. */
  evidence: number[];
}

export type Found = Omit<Diagnosis, 'kind'>;
