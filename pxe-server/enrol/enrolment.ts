import type { Pending, Registered, RegisterRequest } from '../../builder/contract/agent-protocol.ts';
import { sha256 } from '../../builder/shared/ids.ts';
import type { Journal } from '../events/journal.ts';
import type { Host } from '../hosts/model.ts';
import type { Registry } from '../hosts/registry.ts';
import type { KeyHolderCalls, MintedToken } from '../roles/messages.ts';
import type { Store } from '../store/database.ts';
import { HostCertificates } from './certificates.ts';
import { judgeClaim, type TokenRow } from './claim.ts';
import { csrPublicKey } from './csr.ts';
import { identify } from './identify.ts';
import { BOOT_AGAIN, RefusalError } from './refusal.ts';
import { Sessions } from './sessions.ts';

export interface EnrolmentParts {
  store: Store;
  registry: Registry;
  journal: Journal;
  now: () => Date;
  heartbeatSeconds: number;
  identity: KeyHolderCalls['identity']['reply'];
  signHost: (request: KeyHolderCalls['signHost']['request']) => Promise<KeyHolderCalls['signHost']['reply']>;
  /** Called when a host holds its certificate: the manager's turn. */
  onRegistered: (host: Host) => void;
}

/** Registration of machines: from one-time token and certificate request to a host with a certificate. */
export class Enrolment {
  readonly #parts: EnrolmentParts;
  readonly #certificates: HostCertificates;
  readonly #sessions: Sessions;

  constructor(parts: EnrolmentParts) {
    this.#parts = parts;
    this.#certificates = new HostCertificates(parts);
    this.#sessions = new Sessions(parts.store, parts.now);
  }

  async accept(token: MintedToken | (Omit<MintedToken, 'purpose'> & { purpose: 'pair' })): Promise<void> {
    await this.#parts.store
      .insertInto('tokens')
      .values({ ...token, publicKey: null, claimedAt: null, revoked: 0 })
      .onConflict((c) => c.doNothing())
      .execute();
  }

  /** @throws RefusalError with the status and words for the agent */
  async register(token: string, request: RegisterRequest, peer: string): Promise<Registered | Pending> {
    const { store, registry, now } = this.#parts;
    const hash = sha256(token);
    const publicKey = await csrPublicKey(request.csr);
    const macs = request.inventory.nics.map((nic) => nic.mac);
    const row = await store.selectFrom('tokens').selectAll().where('hash', '=', hash).executeTakeFirst();
    const claim = judgeClaim(row, publicKey, macs, now());
    if (claim.kind === 'refuse') throw await this.#refused(row, peer, claim.code, claim.message);
    if (claim.kind === 'contest') throw await this.#contested(row!, peer, claim.message);
    if (!claim.again) await this.#bind(row!, publicKey, peer);

    const host = await this.#hostOf(row!, request);
    refuseFrozen(host);
    await registry.update(host.id, { inventory: request.inventory, lastSeen: now().toISOString() });
    if (!host.approved) {
      await this.#stillAsking(row!);
      const message = `host ${host.name} waits for approval`;
      return { state: 'pending', retrySeconds: 5, message };
    }
    return this.#admit(registry.get(host.id), request.csr, publicKey, peer);
  }

  /**
   * A new certificate in the same session (its time, or addresses changed). The session stays the same, so
   * that an answer that gets lost costs nothing.
   * @throws RefusalError session-unknown | key-changed | host-frozen
   */
  async renew(sessionToken: string, csr: string, peer: string): Promise<Registered> {
    const host = await this.session(sessionToken);
    const publicKey = await csrPublicKey(csr);
    if (host.publicKey !== publicKey) {
      throw new RefusalError(403, 'key-changed', 'renewal with another key', BOOT_AGAIN);
    }
    refuseFrozen(host);
    const order = { host, csr, publicKey, addresses: this.#addresses(host, peer) };
    const certificate = await this.#certificates.issue(order);
    return this.#registered(host, certificate, sessionToken);
  }

  /** The host of a session token. @throws RefusalError session-unknown */
  async session(token: string): Promise<Host> {
    return this.#parts.registry.get(await this.#sessions.hostOf(token));
  }

  async #admit(host: Host, csr: string, publicKey: string, peer: string): Promise<Registered> {
    const { registry } = this.#parts;
    const order = { host, csr, publicKey, addresses: this.#addresses(host, peer) };
    const certificate = await this.#certificates.keptOrNew(order);
    const registered = this.#registered(host, certificate, await this.#sessions.open(host.id));
    if (host.arm === 'once') await registry.update(host.id, { arm: 'off' });
    if (host.publicKey !== publicKey || !['registering', 'probing', 'up'].includes(host.state)) {
      const done = await registry.signal(host.id, 'registered', `registered from ${peer}`, {
        publicKey,
        managementAddress: peer,
      });
      this.#parts.onRegistered(done);
    }
    return registered;
  }

  #registered(host: Host, certificate: string, sessionToken: string): Registered {
    const { identity, heartbeatSeconds } = this.#parts;
    return {
      state: 'registered',
      hostId: host.id,
      hostName: host.name,
      certificate,
      clientCa: identity.clientCa,
      managerDn: identity.managerDn,
      sessionToken,
      heartbeatSeconds,
    };
  }

  /** The peer's own address, and those it names that no other host is managed at. */
  #addresses(host: Host, peer: string): string[] {
    const taken = new Set(
      this.#parts.registry
        .list()
        .filter((h) => h.id !== host.id)
        .flatMap((h) => [h.managementAddress, h.address ?? null]),
    );
    const named = host.inventory?.addresses ?? [];
    return [peer, ...named.filter((a) => a !== peer && !taken.has(a))].slice(0, 16);
  }

  /** The host a claimed token is for; an unknown machine becomes pending. */
  async #hostOf(row: TokenRow, request: RegisterRequest): Promise<Host> {
    const { registry, store } = this.#parts;
    if (row.hostId !== null) return registry.get(row.hostId);
    const found = identify((sighting) => registry.find(sighting), request.inventory);
    if (found.kind === 'ambiguous') {
      const what = `this machine fits several hosts: ${found.hosts.join(', ')}`;
      throw new RefusalError(409, 'host-ambiguous', what, 'correct the hosts');
    }
    if (found.kind === 'host' && row.purpose === 'inventory') refuseUnarmed(found.host);
    const macs = request.inventory.nics.map((nic) => nic.mac);
    const host =
      found.kind === 'host'
        ? registry.get(found.host.id)
        : await registry.addPending(row.mac ?? macs[0] ?? request.inventory.uuid, macs);
    await store.updateTable('tokens').set({ hostId: host.id }).where('hash', '=', row.hash).execute();
    return host;
  }

  /** A machine that waits for approval may wait for days: its token stays good while it goes on asking. */
  async #stillAsking(row: TokenRow): Promise<void> {
    const claimedAt = this.#parts.now().toISOString();
    await this.#parts.store.updateTable('tokens').set({ claimedAt }).where('hash', '=', row.hash).execute();
  }

  async #bind(row: TokenRow, publicKey: string, peer: string): Promise<void> {
    const claimedAt = this.#parts.now().toISOString();
    const done = await this.#parts.store
      .updateTable('tokens')
      .set({ publicKey, claimedAt })
      .where('hash', '=', row.hash)
      .where('publicKey', 'is', null)
      .executeTakeFirst();
    if (done.numUpdatedRows > 0n) return;
    throw await this.#contested(row, peer, 'the token was claimed twice at the same moment');
  }

  async #refused(
    row: TokenRow | undefined,
    peer: string,
    code: string,
    message: string,
  ): Promise<RefusalError> {
    const { journal, registry } = this.#parts;
    const hostId = row?.hostId ?? null;
    await journal.record({
      kind: 'token',
      severity: 'warning',
      hostId,
      mac: row?.mac ?? null,
      message: `registration from ${peer} refused: ${message}`,
    });
    const host = hostId === null ? undefined : registry.peek(hostId);
    if (host && code !== 'token-foreign') await registry.signal(host.id, 'refused', message);
    return new RefusalError(code === 'token-foreign' ? 403 : 401, code, message, BOOT_AGAIN);
  }

  async #contested(row: TokenRow, peer: string, message: string): Promise<RefusalError> {
    const { journal, registry } = this.#parts;
    await journal.record({
      kind: 'token',
      severity: 'error',
      hostId: row.hostId,
      mac: row.mac,
      message: `second claimant at ${peer}: ${message}`,
    });
    const host = row.hostId === null ? undefined : registry.peek(row.hostId);
    if (host) await registry.signal(host.id, 'contested', `second claimant at ${peer}`);
    return new RefusalError(409, 'token-claimed', message, 'a person has to look at the host and release it');
  }
}

function refuseFrozen(host: Host): void {
  if (host.state !== 'frozen') return;
  const what = `host ${host.name} is frozen: two machines claimed it`;
  throw new RefusalError(409, 'host-frozen', what, 'a person has to look at the host and release it');
}

function refuseUnarmed(host: Host): void {
  if (!host.approved || host.arm !== 'off') return;
  const what = `host ${host.name} is known and not armed`;
  throw new RefusalError(403, 'not-armed', what, `arm it: rackhand hosts arm ${host.name}`);
}
