import { randomToken, sha256 } from '../../builder/shared/ids.ts';
import type { MintedToken } from '../roles/messages.ts';

export interface KickstartGrant {
  hostId: string;
  mac: string | null;
  expiresAt: number;
}

/** A token that its machine gets again when it asks again: `until` is in milliseconds since 1970. */
interface Fresh {
  token: string;
  hash: string;
  hostId: string | null;
  mac: string | null;
  until: number;
}

/** Part of its life in which a token is given again: what is left must do for the whole boot. */
const AGAIN = 0.1;
/** Tokens remembered for that: anybody can ask in the name of any MAC. */
const MOST_FRESH = 10_000;

/** Mints one-time tokens. Only the hash leaves this role; the token itself goes to the machine alone. */
export class Mint {
  readonly #announce: (token: MintedToken) => void;
  readonly #minutes: number;
  readonly #now: () => number;
  readonly #kickstarts = new Map<string, KickstartGrant>();
  /** Hosts whose kickstart is being made. */
  readonly #taken = new Set<string>();
  /** By purpose, host and MAC, oldest first. */
  readonly #fresh = new Map<string, Fresh>();

  constructor(announce: (token: MintedToken) => void, minutes: number, now: () => number = Date.now) {
    this.#announce = announce;
    this.#minutes = minutes;
    this.#now = now;
  }

  /**
   * A token for a machine. One that asks again at once, as firmware does that got no answer, gets the token that
   * it got before, good until the same moment: a thousand requests need not be a thousand tokens.
   */
  mint(purpose: MintedToken['purpose'], hostId: string | null, mac: string | null): string {
    const boot = `${purpose} ${hostId} ${mac}`;
    const fresh = mac === null ? undefined : this.#fresh.get(boot);
    if (fresh && fresh.until > this.#now()) return fresh.token;
    const token = this.#another(purpose, hostId, mac);
    const until = this.#now() + AGAIN * this.#minutes * 60_000;
    if (mac !== null) this.#remember(boot, { token, hash: sha256(token), hostId, mac, until });
    return token;
  }

  /**
   * Tokens with these hashes belong to a key: nobody gets them again.
   * @returns ids of their hosts, MACs of machines that are none
   */
  claimed(hashes: readonly string[]): string[] {
    const machines: string[] = [];
    for (const [boot, { hash, hostId, mac }] of this.#fresh) {
      if (!hashes.includes(hash)) continue;
      this.#fresh.delete(boot);
      machines.push(hostId ?? mac ?? '');
    }
    return machines;
  }

  /** Kickstarts that were granted before this process began; those that it has granted itself stay as they are. */
  restore(kickstarts: readonly Omit<MintedToken, 'purpose'>[]): void {
    for (const { hash, hostId, mac, expiresAt } of kickstarts)
      if (hostId !== null && !this.#kickstarts.has(hash))
        this.#kickstarts.set(hash, { hostId, mac, expiresAt: Date.parse(expiresAt) });
  }

  /** What a kickstart token grants, or undefined when it is unknown, used up or late. */
  kickstart(token: string): KickstartGrant | undefined {
    const grant = this.#kickstarts.get(sha256(token));
    return grant && grant.expiresAt > this.#now() ? grant : undefined;
  }

  /** As `kickstart`, for one who makes it now: until it is used up or given back, nobody else is granted it. */
  take(token: string): KickstartGrant | undefined {
    const grant = this.kickstart(token);
    if (!grant || this.#taken.has(grant.hostId)) return undefined;
    this.#taken.add(grant.hostId);
    return grant;
  }

  /** No kickstart came of it: the token is as good as it was. */
  giveBack({ hostId }: KickstartGrant): void {
    this.#taken.delete(hostId);
  }

  /** A host got its kickstart: the token that granted it and any other of the host are good no more. */
  useUp(hostId: string): void {
    this.#taken.delete(hostId);
    for (const [hash, grant] of this.#kickstarts) {
      if (grant.hostId === hostId) this.#kickstarts.delete(hash);
    }
    for (const [boot, fresh] of this.#fresh) if (fresh.hostId === hostId) this.#fresh.delete(boot);
  }

  #another(purpose: MintedToken['purpose'], hostId: string | null, mac: string | null): string {
    const token = randomToken();
    const expires = this.#now() + this.#minutes * 60_000;
    const hash = sha256(token);
    if (purpose === 'kickstart' && hostId !== null) {
      this.#forgetExpired();
      this.#kickstarts.set(hash, { hostId, mac, expiresAt: expires });
    }
    this.#announce({ hash, purpose, hostId, mac, expiresAt: new Date(expires).toISOString() });
    return token;
  }

  #remember(boot: string, fresh: Fresh): void {
    this.#fresh.delete(boot); // so that it is the youngest
    this.#fresh.set(boot, fresh);
    if (this.#fresh.size > MOST_FRESH) this.#fresh.delete(this.#fresh.keys().next().value!);
  }

  #forgetExpired(): void {
    for (const [hash, grant] of this.#kickstarts) {
      if (grant.expiresAt <= this.#now()) this.#kickstarts.delete(hash);
    }
  }
}
