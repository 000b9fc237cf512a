import type { Pending, Registered, RegisterRequest } from '../../builder/contract/agent-protocol.ts';
import { randomToken, sha256 } from '../../builder/shared/ids.ts';
import type { Journal } from '../events/journal.ts';
import type { Host } from '../hosts/model.ts';
import type { Registry } from '../hosts/registry.ts';
import type { KeyHolderCalls, MintedToken } from '../roles/messages.ts';
import type { Store } from '../store/database.ts';
import { judgeClaim, type TokenRow } from './claim.ts';
import { csrPublicKey } from './csr.ts';
import { BOOT_AGAIN, RefusalError } from './refusal.ts';

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

  constructor(parts: EnrolmentParts) {
    this.#parts = parts;
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
    if (!claim.again) await this.#bind(row!, publicKey);

    const host = await this.#hostOf(row!, request);
    await registry.update(host.id, { inventory: request.inventory, lastSeen: now().toISOString() });
    if (!host.approved) {
      const message = `host ${host.name} waits for approval`;
      return { state: 'pending', retrySeconds: 5, message };
    }
    return this.#issue(registry.get(host.id), request.csr, publicKey, peer);
  }

  /** A new certificate for a host that already holds a session: renewal, or addresses changed. */
  async renew(host: Host, csr: string, peer: string): Promise<Registered> {
    const publicKey = await csrPublicKey(csr);
    if (host.publicKey !== publicKey) {
      throw new RefusalError(403, 'key-changed', 'renewal with another key', BOOT_AGAIN);
    }
    await this.#parts.store.deleteFrom('certificates').where('publicKey', '=', publicKey).execute();
    await this.#parts.registry.note(host, 'certificate', 'info', 'certificate renewed');
    return this.#certify(host, csr, publicKey, peer);
  }

  /** The host of a session token. @throws RefusalError session-unknown */
  async session(token: string): Promise<Host> {
    const found = await this.#parts.store
      .selectFrom('sessions')
      .select('hostId')
      .where('hash', '=', sha256(token))
      .executeTakeFirst();
    if (!found) throw new RefusalError(401, 'session-unknown', 'no such session', BOOT_AGAIN);
    return this.#parts.registry.get(found.hostId);
  }

  async #issue(host: Host, csr: string, publicKey: string, peer: string): Promise<Registered> {
    const registered = await this.#certify(host, csr, publicKey, peer);
    const { registry } = this.#parts;
    if (host.arm === 'once') await registry.update(host.id, { arm: 'off' });
    if (host.publicKey !== publicKey || !['registering', 'probing', 'up'].includes(host.state)) {
      const done = await registry.signal(host.id, 'registered', `registered from ${peer}`, {
        publicKey,
        managementAddress: peer,
        kickstart: host.kickstart,
      });
      this.#parts.onRegistered(done);
    }
    return registered;
  }

  async #certify(host: Host, csr: string, publicKey: string, peer: string): Promise<Registered> {
    const { store, registry, identity, heartbeatSeconds } = this.#parts;
    const kept = await store
      .selectFrom('certificates')
      .selectAll()
      .where('publicKey', '=', publicKey)
      .executeTakeFirst();
    const addresses = this.#addresses(host, peer);
    const subject = [host.name, ...addresses].join(' ');
    let certificate = kept?.hostId === host.id && kept.subject === subject ? kept.pem : undefined;
    if (certificate === undefined) {
      const signed = await this.#parts.signHost({ csr, hostName: host.name, addresses });
      certificate = signed.certificate;
      const row = { publicKey, hostId: host.id, pem: certificate, subject, notAfter: signed.notAfter };
      await store
        .insertInto('certificates')
        .values(row)
        .onConflict((c) => c.column('publicKey').doUpdateSet(row))
        .execute();
      await registry.update(host.id, { certificateNotAfter: signed.notAfter });
      await registry.note(host, 'certificate', 'info', `certificate issued for ${subject}`);
    }
    const sessionToken = randomToken();
    await store.deleteFrom('sessions').where('hostId', '=', host.id).execute();
    const createdAt = this.#parts.now().toISOString();
    await store
      .insertInto('sessions')
      .values({ hash: sha256(sessionToken), hostId: host.id, createdAt })
      .execute();
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
    const macs = request.inventory.nics.map((nic) => nic.mac);
    const sightings = [
      ...macs.map((mac) => ({ mac })),
      { serial: request.inventory.serial, uuid: request.inventory.uuid },
    ];
    const found = new Map<string, Host>();
    for (const sighting of sightings) {
      const match = registry.find(sighting);
      if (match.kind === 'host') found.set(match.host.id, registry.get(match.host.id));
    }
    if (found.size > 1) {
      const names = [...found.values()].map((h) => h.name).join(', ');
      throw new RefusalError(
        409,
        'host-ambiguous',
        `this machine fits several hosts: ${names}`,
        'correct the hosts',
      );
    }
    let host = [...found.values()][0];
    if (host?.approved && host.arm === 'off' && row.purpose === 'inventory') {
      throw new RefusalError(
        403,
        'not-armed',
        `host ${host.name} is known and not armed`,
        `arm it: rackhand hosts arm ${host.name}`,
      );
    }
    host ??= await registry.addPending(row.mac ?? macs[0] ?? request.inventory.uuid, macs);
    await store.updateTable('tokens').set({ hostId: host.id }).where('hash', '=', row.hash).execute();
    return host;
  }

  async #bind(row: TokenRow, publicKey: string): Promise<void> {
    const claimedAt = this.#parts.now().toISOString();
    const done = await this.#parts.store
      .updateTable('tokens')
      .set({ publicKey, claimedAt })
      .where('hash', '=', row.hash)
      .where('publicKey', 'is', null)
      .executeTakeFirst();
    if (done.numUpdatedRows === 0n)
      throw await this.#contested(row, 'unknown', 'claimed twice at the same moment');
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
    if (hostId && code !== 'token-foreign') await registry.signal(hostId, 'refused', message);
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
    if (row.hostId) await registry.signal(row.hostId, 'contested', `second claimant at ${peer}`);
    return new RefusalError(409, 'token-claimed', message, 'a person has to look at the host and release it');
  }
}
