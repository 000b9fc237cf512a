import type { Pending, Registered, RegisterRequest } from '../../builder/contract/agent-protocol.ts';
import type { Inventory } from '../../builder/contract/inventory.ts';
import { sha256 } from '../../builder/shared/ids.ts';
import type { Journal } from '../events/journal.ts';
import { TELL_APART } from '../hosts/match.ts';
import type { Host } from '../hosts/model.ts';
import type { Registry } from '../hosts/registry.ts';
import { expectsHeartbeats } from '../hosts/states.ts';
import type { KeyHolderCalls } from '../roles/messages.ts';
import type { Store } from '../store/database.ts';
import { HostCertificates } from './certificates.ts';
import { type Claim, judgeClaim, type TokenRow } from './claim.ts';
import { csrPublicKey } from './csr.ts';
import { identify } from './identify.ts';
import { Latecomers } from './latecomers.ts';
import { BOOT_AGAIN, RefusalError } from './refusal.ts';
import { Sessions } from './sessions.ts';
import { Tokens } from './tokens.ts';
import { WaitingRoom } from './waiting-room.ts';

export interface EnrolmentParts {
  store: Store;
  registry: Registry;
  journal: Journal;
  now: () => Date;
  heartbeatSeconds: number;
  /** Unknown machines that may wait for approval at once. */
  pendingHosts: number;
  identity: KeyHolderCalls['identity']['reply'];
  signHost: (request: KeyHolderCalls['signHost']['request']) => Promise<KeyHolderCalls['signHost']['reply']>;
  /** Called when a host holds its certificate: the manager's turn. */
  onRegistered: (host: Host) => void;
  /** Called with the hashes of tokens that belong to a key from now on. */
  onClaimed: (hashes: string[]) => void;
}

/** Registration of machines: from one-time token and certificate request to a host with a certificate. */
export class Enrolment {
  readonly tokens: Tokens;
  readonly #parts: EnrolmentParts;
  readonly #certificates: HostCertificates;
  readonly #sessions: Sessions;
  readonly #waiting: WaitingRoom;
  readonly #latecomers = new Latecomers();

  constructor(parts: EnrolmentParts) {
    this.#parts = parts;
    this.tokens = new Tokens(parts.store, parts.now);
    this.#certificates = new HostCertificates(parts);
    this.#sessions = new Sessions(parts.store, parts.now);
    this.#waiting = new WaitingRoom({ ...parts, most: parts.pendingHosts });
  }

  /** @throws RefusalError with the status and words for the agent */
  async register(token: string, request: RegisterRequest, peer: string): Promise<Registered | Pending> {
    const { registry, now } = this.#parts;
    const hash = sha256(token);
    const publicKey = await csrPublicKey(request.csr);
    const macs = request.inventory.nics.map((nic) => nic.mac);
    const row = await this.tokens.find(hash);
    if (!row && this.#latecomers.mayCome(hash, now().getTime())) throw notYetKnown();
    const claim = judgeClaim(row, publicKey, macs, now());
    if (claim.kind === 'refuse') throw await this.#refused(row, peer, refusalOf(claim));
    if (claim.kind === 'contest') throw await this.#contested(row!, peer, claim.message);
    const known = this.#known(row!, request.inventory);
    if (known) refuseFrozen(known);
    if (!claim.again) {
      if (known && row!.purpose === 'medium') this.#refuseAlive(known, row!);
      if (known) await this.#useArming(known, row!, peer);
      await this.#bind(row!, known, publicKey, peer);
    }
    const host = known ?? (await this.#addPending(row!, request.inventory));
    await registry.update(host.id, { inventory: request.inventory, lastSeen: now().toISOString() });
    if (!host.approved) {
      await this.tokens.stillAsking(row!);
      const message = `host ${host.name} waits for approval`;
      return { state: 'pending', retrySeconds: 5, message };
    }
    return this.#admit(registry.get(host.id), row!, request.csr, publicKey, peer);
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
    const certificate = await this.#certificates.issue({ host, csr, publicKey, address: peer });
    return this.#registered(host, certificate, sessionToken);
  }

  /** The host of a session token. @throws RefusalError session-unknown */
  async session(token: string): Promise<Host> {
    return this.#parts.registry.get(await this.#sessions.hostOf(token));
  }

  async #admit(
    host: Host,
    { purpose }: TokenRow,
    csr: string,
    publicKey: string,
    peer: string,
  ): Promise<Registered> {
    const { registry } = this.#parts;
    const certificate = await this.#certificates.keptOrNew({ host, csr, publicKey, address: peer });
    const registered = this.#registered(host, certificate, await this.#sessions.open(host.id));
    // Of a machine that waited for approval; any other used it up with its token, or with its kickstart.
    if (host.arm === 'once' && host.publicKey !== publicKey && purpose !== 'installed')
      await registry.update(host.id, { arm: 'off' });
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

  /**
   * The host that a token or else the machine itself names; undefined for a machine that nobody knows.
   * @throws RefusalError host-ambiguous
   */
  #known(row: TokenRow, inventory: Inventory): Host | undefined {
    const { registry } = this.#parts;
    if (row.hostId !== null) return registry.get(row.hostId);
    const found = identify(registry.matchable(), inventory);
    if (found.kind === 'unknown') return undefined;
    if (found.kind === 'host') return registry.get(found.host.id);
    const what = `this machine fits several hosts: ${found.hosts.join(', ')}`;
    throw new RefusalError(409, 'host-ambiguous', what, TELL_APART);
  }

  async #addPending(row: TokenRow, { nics, uuid }: Inventory): Promise<Host> {
    const macs = nics.map((nic) => nic.mac);
    const host = await this.#waiting.admit(row.mac ?? macs[0] ?? uuid, macs);
    await this.tokens.nameHost(row, host.id);
    return host;
  }

  /**
   * Looks at the arming and takes `once` away in one breath, before the token is bound: of two tokens of one
   * host one is in time. Pairing needs no arming, nor does a host that was installed.
   */
  async #useArming({ id, name, approved, arm }: Host, row: TokenRow, peer: string): Promise<void> {
    if (!approved) return;
    // The kickstart took the arming that its host was installed for.
    if (row.purpose === 'installed') return;
    if (arm === 'once') await this.#parts.registry.update(id, { arm: 'off' });
    if (arm !== 'off' || row.purpose === 'pair') return;
    const mend = `arm it: rackhand hosts arm ${name}`;
    throw await this.#refused(
      row,
      peer,
      new RefusalError(403, 'not-armed', `host ${name} is not armed`, mend),
    );
  }

  /**
   * The machine before may be about to restart, or somebody has a copy of its medium: in either case not before it was
   * silent for as long as a host that is lost.
   */
  #refuseAlive({ name, state }: Host, { claimedAt }: TokenRow): void {
    const { now, heartbeatSeconds } = this.#parts;
    const claimed = claimedAt === null ? 0 : Date.parse(claimedAt);
    const quiet = now().getTime() - claimed >= 3 * heartbeatSeconds * 1000;
    if (quiet && !expectsHeartbeats(state)) return;
    const mend = 'it is tried again; switch off the machine that is not meant';
    throw new RefusalError(503, 'host-alive', `host ${name} is ${state} with another key`, mend);
  }

  async #bind(row: TokenRow, host: Host | undefined, publicKey: string, peer: string): Promise<void> {
    const bound = await this.tokens.bind(row, host?.id ?? null, publicKey);
    this.#parts.onClaimed(bound);
    if (bound.includes(row.hash)) return;
    throw await this.#contested(row, peer, 'the token was claimed twice at the same moment');
  }

  async #refused(row: TokenRow | undefined, peer: string, refusal: RefusalError): Promise<RefusalError> {
    const { journal, registry } = this.#parts;
    const hostId = row?.hostId ?? null;
    await journal.record({
      kind: 'token',
      severity: 'warning',
      hostId,
      mac: row?.mac ?? null,
      message: `registration from ${peer} refused: ${refusal.message}`,
    });
    const host = hostId === null ? undefined : registry.peek(hostId);
    if (host && refusal.code !== 'token-foreign') await registry.signal(host.id, 'refused', refusal.message);
    return refusal;
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

function notYetKnown(): RefusalError {
  return new RefusalError(503, 'token-early', 'the token is not known yet', 'it is tried again');
}

function refuseFrozen(host: Host): void {
  if (host.state !== 'frozen') return;
  const what = `host ${host.name} is frozen: two machines claimed it`;
  throw new RefusalError(409, 'host-frozen', what, 'a person has to look at the host and release it');
}

function refusalOf({ code, message }: Extract<Claim, { kind: 'refuse' }>): RefusalError {
  return new RefusalError(code === 'token-foreign' ? 403 : 401, code, message, BOOT_AGAIN);
}
