import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RackhandError } from '../../../builder/shared/errors.ts';
import { randomToken, sha256 } from '../../../builder/shared/ids.ts';
import { Attempts } from '../../../pxe-server/enrol/attempts.ts';
import { Enrolment } from '../../../pxe-server/enrol/enrolment.ts';
import { Journal } from '../../../pxe-server/events/journal.ts';
import type { Host } from '../../../pxe-server/hosts/model.ts';
import { Registry } from '../../../pxe-server/hosts/registry.ts';
import { type KeyHolder, openKeyHolder } from '../../../pxe-server/keyholder/keyholder.ts';
import type { MintedToken } from '../../../pxe-server/roles/messages.ts';
import { openStore, type Store } from '../../../pxe-server/store/database.ts';

/** A real registry and journal, and a clock that stands until a test puts it forward. */
export interface Books {
  store: Store;
  journal: Journal;
  registry: Registry;
  attempts: Attempts;
  now: () => Date;
  /** Seconds. */
  pass(seconds: number): void;
  /** The journal's lines. */
  story(): Promise<string[]>;
  close(): Promise<void>;
}

export async function openBooks(): Promise<Books> {
  let time = Date.now();
  const now = () => new Date(time);
  const store = await openStore(':memory:');
  const journal = new Journal(store, now);
  const registry = new Registry(store, journal, now);
  return {
    ...{ store, journal, registry, now },
    attempts: new Attempts(registry, now),
    pass(seconds) {
      time += seconds * 1000;
    },
    story: async () => (await journal.list({ limit: 1000 })).map((event) => event.message),
    close: () => store.destroy(),
  };
}

export interface Desk extends Books {
  enrolment: Enrolment;
  /** Hosts that were passed on to the manager, by name, oldest first. */
  registered: string[];
  /** Hashes of the tokens that were told as claimed. */
  claimed: string[];
  /** While it is broken the key holder does not answer. */
  signing: { broken: boolean };
  /** A token as the boot role mints it, good for `minutes` (20). */
  mint(purpose: MintedToken['purpose'] | 'pair', given?: MintGiven): Promise<string>;
}

export interface MintGiven {
  host?: Host;
  mac?: string;
  minutes?: number;
}

/** Enrolment with a real key holder. */
export async function openDesk(holder: KeyHolder, heartbeatSeconds = 10): Promise<Desk> {
  const books = await openBooks();
  const [registered, claimed]: [string[], string[]] = [[], []];
  const signing = { broken: false };
  const enrolment = new Enrolment({
    ...books,
    ...{ heartbeatSeconds, pendingHosts: 3 },
    identity: {
      serviceCa: holder.serviceCa(),
      fingerprint: holder.serviceCaFingerprint(),
      clientCa: holder.clientCa(),
      managerDn: holder.managerDn(),
    },
    async signHost(request) {
      if (signing.broken) throw new RackhandError('role-silent', 'keyholder did not answer', 'look');
      return holder.signHost(request);
    },
    onRegistered: (host) => registered.push(host.name),
    onClaimed: (hashes) => claimed.push(...hashes),
  });
  return {
    ...{ ...books, enrolment, registered, claimed, signing },
    async mint(purpose, { host, mac, minutes = 20 } = {}) {
      const token = randomToken();
      const expiresAt = new Date(books.now().getTime() + minutes * 60_000).toISOString();
      const row = { hash: sha256(token), hostId: host?.id ?? null, mac: mac ?? null, expiresAt };
      await enrolment.tokens.accept([{ ...row, purpose } as MintedToken]);
      return token;
    },
  };
}

export interface Keys {
  folder: string;
  holder: KeyHolder;
  remove(): Promise<void>;
}

/** Fresh authorities in a temporary folder. */
export async function freshKeys(): Promise<Keys> {
  const folder = await mkdtemp(join(tmpdir(), 'rackhand-keys-'));
  const holder = await openKeyHolder({ folder });
  return { folder, holder, remove: () => rm(folder, { recursive: true, force: true }) };
}
