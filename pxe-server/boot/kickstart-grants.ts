import { sha256 } from '../../builder/shared/ids.ts';
import { forgetOldest } from '../events/oldest.ts';
import { isSameShown, type Shown } from './shown.ts';

/** Who asks for a kickstart. */
export interface Asker {
  address: string;
  shown: Shown;
}

/** Tokens that go into a kickstart: to report its installation, and to register what it installed. */
export interface InstallTokens {
  report: string;
  register: string;
}

interface Given {
  /** Milliseconds since 1970. */
  at: number;
  to: Asker;
  times: number;
  tokens: InstallTokens;
  /** Its installer has begun: it has all of the text. */
  began: boolean;
}

export interface KickstartGrant {
  hostId: string;
  mac: string | null;
  /** Milliseconds since 1970. */
  expiresAt: number;
  given?: Given;
  /** Another token of its host was used. */
  spent?: Pick<Given, 'at' | 'to'>;
}

/** What a kickstart token is refused for. */
export type Misuse = 'unknown-token' | 'late-use' | 'second-use';

export type Judged =
  | { kind: 'granted'; grant: KickstartGrant }
  /** It is being made for who asked before. */
  | { kind: 'busy' }
  | { kind: 'refused'; code: Misuse; hostId: string | null; mac: string | null; why: string };

/** A download that breaks off may be repeated for so long (milliseconds), and so many times. */
const AGAIN_MS = 5 * 60_000;
const AGAIN_TIMES = 5;
/** Milliseconds for which a token that is over is still known for what it was, and how many are known at most. */
const KNOWN_MS = 24 * 3_600_000;
const MOST = 10_000;
/** Of any kind: who knows the serial of an armed host can ask for one in the name of any MAC. */
const MOST_GOOD = 50_000;
/** Milliseconds between two looks for those that are over. */
const LOOK_MS = 1000;

/**
 * Which kickstart tokens are good, for whom. The first machine that uses one may repeat its download: nobody else may,
 * and it no more once its installer reports or some minutes have passed.
 */
export class KickstartGrants {
  readonly #now: () => number;
  /** By the hash of their token. */
  readonly #grants = new Map<string, KickstartGrant>();
  /** Hosts whose kickstart is being made. */
  readonly #taken = new Set<string>();
  #looked = Number.NEGATIVE_INFINITY;

  constructor(now: () => number) {
    this.#now = now;
  }

  add(hash: string, grant: KickstartGrant): void {
    this.#forget();
    this.#grants.set(hash, grant);
    forgetOldest(this.#grants, MOST_GOOD);
  }

  /** One of before this process began. */
  restore(hash: string, grant: KickstartGrant): void {
    if (!this.#grants.has(hash)) this.add(hash, grant);
  }

  /** What the token is worth for who asks; a grant is nobody else's until it is given or given back. */
  ask(token: string, asker: Asker): Judged {
    const grant = this.#grants.get(sha256(token));
    if (!grant) {
      const why = 'no token of this server, or from before its last start';
      return { kind: 'refused', code: 'unknown-token', hostId: null, mac: null, why };
    }
    const misuse = this.#misuse(grant, asker);
    if (misuse) return { kind: 'refused', ...misuse, hostId: grant.hostId, mac: grant.mac };
    if (this.#taken.has(grant.hostId)) return { kind: 'busy' };
    this.#taken.add(grant.hostId);
    return { kind: 'granted', grant };
  }

  /** No kickstart came of it: the token is as good as it was. */
  giveBack({ hostId }: KickstartGrant): void {
    this.#taken.delete(hostId);
  }

  /** It was given: other tokens of the host are good no more, and this one for its asker alone. */
  give(grant: KickstartGrant, to: Asker, tokens: InstallTokens): number {
    this.#taken.delete(grant.hostId);
    const given = grant.given ?? { at: this.#now(), to, times: 0, tokens, began: false };
    given.times += 1;
    grant.given = given;
    for (const other of this.#grants.values())
      if (other !== grant && other.hostId === grant.hostId && !other.given)
        other.spent ??= { at: given.at, to: given.to };
    return given.times;
  }

  /** The installer of the host has begun. */
  began(hostId: string): void {
    for (const { hostId: id, given } of this.#grants.values()) if (given && id === hostId) given.began = true;
  }

  #misuse(
    { expiresAt, given, spent }: KickstartGrant,
    asker: Asker,
  ): { code: Misuse; why: string } | undefined {
    const now = this.#now();
    const used = given ?? spent;
    if (used) {
      const when = `${agoText(now - used.at)} ago`;
      if (!isSameAsker(used.to, asker))
        return { code: 'second-use', why: `${used.to.address} got the kickstart ${when}` };
      if (!given) return { code: 'late-use', why: `it got the kickstart ${when} by another token` };
      if (given.began)
        return { code: 'late-use', why: `it got the kickstart ${when}, and its installer has begun` };
      if (given.times > AGAIN_TIMES)
        return { code: 'late-use', why: `it got the kickstart ${given.times} times` };
      if (now - given.at > AGAIN_MS) return { code: 'late-use', why: `it got the kickstart ${when}` };
      return undefined;
    }
    if (expiresAt > now) return undefined;
    return { code: 'late-use', why: `the token was good until ${agoText(now - expiresAt)} ago` };
  }

  /** What is over leaves after a day, and sooner when there are too many. */
  #forget(): void {
    const now = this.#now();
    if (now - this.#looked < LOOK_MS) return;
    this.#looked = now;
    const crowded = this.#grants.size >= MOST;
    for (const [hash, { expiresAt, given, spent }] of this.#grants) {
      const over = (given ? given.at + AGAIN_MS : expiresAt) <= now;
      const goes = crowded ? over || spent : expiresAt + KNOWN_MS <= now;
      if (goes) this.#grants.delete(hash);
    }
  }
}

function isSameAsker(a: Asker, b: Asker): boolean {
  return a.address === b.address && isSameShown(a.shown, b.shown);
}

function agoText(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
