import { randomToken, sha256 } from '../../builder/shared/ids.ts';
import type { MintedToken } from '../roles/messages.ts';

export interface KickstartGrant {
  hostId: string;
  mac: string | null;
  expiresAt: number;
}

/** Mints one-time tokens. Only the hash leaves this role; the token itself goes to the machine alone. */
export class Mint {
  readonly #announce: (token: MintedToken) => void;
  readonly #minutes: number;
  readonly #now: () => number;
  readonly #kickstarts = new Map<string, KickstartGrant>();

  constructor(announce: (token: MintedToken) => void, minutes: number, now: () => number = Date.now) {
    this.#announce = announce;
    this.#minutes = minutes;
    this.#now = now;
  }

  mint(purpose: MintedToken['purpose'], hostId: string | null, mac: string | null): string {
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

  /** What a kickstart token grants, or undefined when it is unknown, used up or late. */
  kickstart(token: string): KickstartGrant | undefined {
    const grant = this.#kickstarts.get(sha256(token));
    return grant && grant.expiresAt > this.#now() ? grant : undefined;
  }

  /** A host got its kickstart: the token that granted it and any other of the host are good no more. */
  useUp(hostId: string): void {
    for (const [hash, grant] of this.#kickstarts) {
      if (grant.hostId === hostId) this.#kickstarts.delete(hash);
    }
  }

  #forgetExpired(): void {
    for (const [hash, grant] of this.#kickstarts) {
      if (grant.expiresAt <= this.#now()) this.#kickstarts.delete(hash);
    }
  }
}
