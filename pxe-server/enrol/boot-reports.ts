import type { BootReport } from '../../builder/contract/agent-protocol.ts';
import type { Journal } from '../events/journal.ts';
import type { Registry } from '../hosts/registry.ts';
import type { Store } from '../store/database.ts';
import { RefusalError } from './refusal.ts';

/** Tokens that no boot script and no medium carries. */
const NOT_OF_BOOTS: ReadonlySet<string> = new Set(['kickstart', 'install', 'installed']);

interface Parts {
  store: Store;
  registry: Registry;
  journal: Journal;
  now: () => Date;
}

/**
 * What initramfses say of boots that go wrong before there is an agent. The bearer is the digest of the boot's token,
 * which the store has anyway: it is good for this alone, and no longer than the token that nobody has claimed.
 */
export class BootReports {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * @returns whose boot it is
   * @throws RefusalError token-unknown, token-expired: the machine says it again, or gives up
   */
  async received(hash: string, report: BootReport, peer: string): Promise<{ hostId?: string; mac?: string }> {
    const { registry, journal } = this.#parts;
    const { hostId, mac } = await this.#boot(hash);
    const host = hostId === null ? undefined : registry.peek(hostId);
    const severity = report.final ? 'error' : 'warning';
    const message = `${peer}: ${report.message}`;
    if (!host) {
      await journal.record({ kind: 'boot', severity, hostId: null, mac, message });
      return mac === null ? {} : { mac };
    }
    const after = report.final ? await registry.signal(host.id, 'halted', report.message) : host;
    // A change of state is told with its reason.
    if (after.state === host.state) await registry.note(host, 'boot', severity, message);
    return { hostId: host.id, ...(mac === null ? {} : { mac }) };
  }

  async #boot(hash: string): Promise<{ hostId: string | null; mac: string | null }> {
    const { store, now } = this.#parts;
    const row = await store.selectFrom('tokens').selectAll().where('hash', '=', hash).executeTakeFirst();
    if (!row || NOT_OF_BOOTS.has(row.purpose) || row.revoked)
      throw new RefusalError(401, 'token-unknown', 'no boot of this server', 'boot from this server');
    // Who has registered has an agent for what there is to say.
    const over = row.claimedAt !== null && row.purpose !== 'medium';
    if (over || Date.parse(row.expiresAt) <= now().getTime())
      throw new RefusalError(401, 'token-expired', 'that boot is over', 'boot the machine again');
    return row;
  }
}
