import { randomInt } from 'node:crypto';
import { randomToken, sha256 } from '../../builder/shared/ids.ts';
import type { Entry } from '../events/journal.ts';
import type { MintedToken } from '../roles/messages.ts';

export const PAIRING_MS = 60_000;
/** Wrong codes after which every open code is withdrawn: eight digits must not be searched. */
const WRONG_CODES = 5;

type PairToken = Omit<MintedToken, 'purpose'> & { purpose: 'pair' };

/** What became of codes: used by a machine, or withdrawn since too many wrong ones came. */
export type PairingNews = { kind: 'used'; hostId: string | null } | { kind: 'withdrawn'; codes: number };

/** What the journal says of it. */
export function pairingEntry(news: PairingNews): Entry {
  if (news.kind === 'used') {
    const message = 'a machine used its pairing code';
    return { kind: 'pairing', severity: 'notice', hostId: news.hostId, mac: null, message };
  }
  const message = `too many wrong pairing codes: ${news.codes} open code(s) withdrawn`;
  return { kind: 'pairing', severity: 'warning', hostId: null, mac: null, message };
}

/** Pairing codes: eight digits that a person reads off the web page and types at a machine's console. */
export class PairingDesk {
  readonly #now: () => number;
  readonly #onNews: (news: PairingNews) => void;
  readonly #open = new Map<string, { hostId: string | null; expires: number }>();
  #wrong = 0;

  constructor(now: () => number = Date.now, onNews: (news: PairingNews) => void = () => undefined) {
    this.#now = now;
    this.#onNews = onNews;
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
      this.#countWrong();
      return undefined;
    }
    this.#open.delete(key);
    this.#onNews({ kind: 'used', hostId: grant.hostId });
    const token = randomToken();
    const expiresAt = new Date(this.#now() + minutes * 60_000).toISOString();
    return {
      token,
      row: { hash: sha256(token), purpose: 'pair', hostId: grant.hostId, mac: null, expiresAt },
    };
  }

  /** Ends the codes of a host that is removed. */
  withdraw(hostId: string): void {
    for (const [key, grant] of this.#open) if (grant.hostId === hostId) this.#open.delete(key);
  }

  #countWrong(): void {
    this.#wrong += 1;
    if (this.#wrong < WRONG_CODES || this.#open.size === 0) return;
    this.#onNews({ kind: 'withdrawn', codes: this.#open.size });
    this.#open.clear();
  }

  #forgetLate(): void {
    for (const [key, grant] of this.#open) if (grant.expires <= this.#now()) this.#open.delete(key);
  }
}
