import { randomInt } from 'node:crypto';
import { randomToken, sha256 } from '../../builder/shared/ids.ts';
import type { MintedToken } from '../roles/messages.ts';

export const PAIRING_MS = 60_000;
/** Wrong codes after which every open code is withdrawn: eight digits must not be searched. */
const WRONG_CODES = 5;

type PairToken = Omit<MintedToken, 'purpose'> & { purpose: 'pair' };

/** Pairing codes: eight digits that a person reads off the web page and types at a machine's console. */
export class PairingDesk {
  readonly #now: () => number;
  readonly #open = new Map<string, { hostId: string | null; expires: number }>();
  #wrong = 0;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  open(hostId: string | null): { code: string; expiresAt: string } {
    this.#forgetLate();
    const code = String(randomInt(100_000_000)).padStart(8, '0');
    const expires = this.#now() + PAIRING_MS;
    this.#open.set(sha256(code), { hostId, expires });
    this.#wrong = 0;
    return { code, expiresAt: new Date(expires).toISOString() };
  }

  /** The one-time token that a right code gives, once; undefined for a wrong or late one. */
  redeem(code: string, minutes: number): { token: string; row: PairToken } | undefined {
    this.#forgetLate();
    const key = sha256(code);
    const grant = this.#open.get(key);
    if (!grant) {
      if (++this.#wrong >= WRONG_CODES) this.#open.clear();
      return undefined;
    }
    this.#open.delete(key);
    const token = randomToken();
    const expiresAt = new Date(this.#now() + minutes * 60_000).toISOString();
    return {
      token,
      row: { hash: sha256(token), purpose: 'pair', hostId: grant.hostId, mac: null, expiresAt },
    };
  }

  #forgetLate(): void {
    for (const [key, grant] of this.#open) if (grant.expires <= this.#now()) this.#open.delete(key);
  }
}
