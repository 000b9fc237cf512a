import type { Host } from '../hosts/model.ts';
import type { Registry } from '../hosts/registry.ts';
import type { KeyHolderCalls } from '../roles/messages.ts';
import type { Store } from '../store/database.ts';
import { RENEW_BEFORE_MS } from './heartbeats.ts';

interface Parts {
  store: Store;
  registry: Registry;
  now: () => Date;
  signHost: (request: KeyHolderCalls['signHost']['request']) => Promise<KeyHolderCalls['signHost']['reply']>;
}

/** What a certificate is wanted for; the key is named by its SHA-256. */
export interface Order {
  host: Host;
  csr: string;
  publicKey: string;
  /** The one that the host was heard from: nothing else that it says of itself is believed. */
  address: string;
}

/** Certificates (PEM) of hosts: one for each key, kept so that a lost answer can be given again. */
export class HostCertificates {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The one that this key got before, when it is for the same names and not about to end; else a new one. */
  async keptOrNew(order: Order): Promise<string> {
    const { store, now } = this.#parts;
    const kept = await store
      .selectFrom('certificates')
      .selectAll()
      .where('publicKey', '=', order.publicKey)
      .executeTakeFirst();
    const fits = kept?.hostId === order.host.id && kept.subject === subjectOf(order);
    const lasts = kept && Date.parse(kept.notAfter) - now().getTime() > RENEW_BEFORE_MS;
    return fits && lasts ? kept.pem : this.issue(order);
  }

  async issue(order: Order): Promise<string> {
    const { store, registry, signHost } = this.#parts;
    const { host, csr, publicKey, address } = order;
    const { certificate: pem, notAfter } = await signHost({ csr, hostName: host.name, addresses: [address] });
    const subject = subjectOf(order);
    const row = { publicKey, hostId: host.id, pem, subject, notAfter };
    await store
      .insertInto('certificates')
      .values(row)
      .onConflict((c) => c.column('publicKey').doUpdateSet(row))
      .execute();
    await registry.update(host.id, { certificateNotAfter: notAfter });
    await registry.note(host, 'certificate', 'info', `certificate issued for ${subject}`);
    return pem;
  }
}

/** Host name and address in one line. */
function subjectOf({ host, address }: Order): string {
  return `${host.name} ${address}`;
}
